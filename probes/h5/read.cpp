#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/check.hpp"
#include "base/files.hpp"
#include "probes/h5/checksums.hpp"
#include "probes/h5/guarded.hpp"
#include "probes/h5/handle.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/h5/schema.hpp"
#include "probes/h5/stored.hpp"
#include "probes/h5/values.hpp"

namespace ww {

namespace {

/// Whether the group holds the name. Links, which may lead to other files, are refused.
bool has_part(hid_t file, const std::string& part, const std::string& where) {
  if (called(H5Lexists(file, part.c_str(), H5P_DEFAULT), "H5Lexists") == 0) return false;
  H5L_info_t link;
  called(H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT), "H5Lget_info");
  check(link.type == H5L_TYPE_HARD,
        "{}: '{}' is a link; a probe file holds its own data",
        where,
        part);
  return true;
}

/// Group by group: HDF5 calls a missing parent an error.
bool has(hid_t file, const std::string& name, const std::string& where) {
  for (size_t end = 0; end != std::string::npos;) {
    end = name.find('/', end + 1);
    if (!has_part(file, name.substr(0, end), where)) return false;
  }
  return true;
}

/// Numbers may lie in other files, which whoever sent this one has named.
void check_own(hid_t data, const char* name, const std::string& where) {
  const auto made = hold(H5Dget_create_plist(data), H5Pclose, "H5Dget_create_plist");
  const bool own = called(H5Pget_layout(made), "H5Pget_layout") != H5D_VIRTUAL &&
                   called(H5Pget_external_count(made), "H5Pget_external_count") == 0;
  check(
      own, "{}: '{}' has its numbers in other files; a probe file holds its own data", where, name);
}

/// Whether the root has the attribute; throws Hdf5Error where HDF5 can't tell.
bool has_attribute(hid_t file, const char* name) {
  return called(H5Aexists(file, name), "H5Aexists") > 0;
}

/// One file, read from its start to its end.
class Reader {
 public:
  Reader(hid_t file, std::string where, size_t size, Place& place)
      : file_(file), where_(std::move(where)), size_(size), place_(&place) {}

  ProbeFile read() {
    check_version();
    called(H5Aiterate2(file_, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_attribute, this),
           "H5Aiterate2");
    for (const auto& row : probe_schema()) {
      place_->set(row.name);
      if (has(file_, row.name, where_)) read_variable(row);
    }
    place_->set("");
    check_own_words();
    return std::move(result_);
  }

 private:
  void check_version() {
    place_->set("encoding-type");
    const bool ours =
        has_attribute(file_, "encoding-type") && has_attribute(file_, "encoding-version");
    check(ours, "{}: is an HDF5 file, but not one that `whatwhere probe` wrote", where_);
    const auto type = text_attribute(file_, "encoding-type", size_);
    check(type == kEncodingType,
          "{}: holds '{}', this program reads '{}'",
          where_,
          type,
          kEncodingType);
    place_->set("encoding-version");
    version_ = text_attribute(file_, "encoding-version", size_);
    check(version_.substr(0, version_.find('.')) == "1",
          "{}: is of schema version {}, this program reads 1.x; use a newer whatwhere",
          where_,
          version_);
  }

  /// H5Aiterate's callback: text and integers into the file, anything else passed over.
  static herr_t add_attribute(hid_t object, const char* name, const H5A_info_t*, void* reader) {
    auto& self = *static_cast<Reader*>(reader);
    self.place_->set(name);
    try {
      const auto attribute = hold(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "H5Aopen");
      const auto type = hold(H5Aget_type(attribute), H5Tclose, "H5Aget_type");
      if (H5Tget_class(type) == H5T_STRING)
        self.result_.text_attributes[name] = text_attribute(object, name, self.size_);
      if (H5Tget_class(type) == H5T_INTEGER) {
        check_single(attribute);
        int64_t value = 0;
        called(H5Aread(attribute, H5T_NATIVE_INT64, &value), "H5Aread");
        self.result_.integer_attributes[name] = value;
      }
    } catch (const std::exception&) {
      return -1;  // no exception may pass through C
    }
    return 0;
  }

  void read_variable(const VariableRow& row) {
    const auto data = hold(H5Dopen2(file_, row.name, H5P_DEFAULT), H5Dclose, "H5Dopen2");
    check_own(data, row.name, where_);
    const auto shape = shape_of(data);
    check_shape(row, shape);
    if (row.stored == Stored::text) {
      result_.strings[row.name] = read_texts(data, product(shape), size_);
    } else {
      result_.variables[row.name] = read_numbers(data, row, shape);
    }
  }

  /// A dimension has one length, and all variables together no more bytes than a file of this size
  /// can hold: measured values hardly shrink.
  void check_shape(const VariableRow& row, const std::vector<size_t>& shape) {
    if (shape.size() != row.dims.size()) throw Hdf5Error("a variable has other dimensions");
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const auto [known, fresh] = lengths_.emplace(row.dims[axis], shape[axis]);
      check(known->second == shape[axis],
            "{}: '{}' is damaged: {} along '{}', which is {} elsewhere; write it anew",
            where_,
            row.name,
            shape[axis],
            row.dims[axis],
            known->second);
    }
    declared_ += product(shape) * stored_width(row.stored);
    check(declared_ <= (size_t{64} << 20) + 32 * size_,
          "{}: '{}' is damaged: it asks for more values than a file of {} bytes can hold; write it "
          "anew",
          where_,
          row.name,
          size_);
  }

  /// Since version 1.1 a file says what it holds.
  void check_own_words() {
    const auto lines = result_.strings.find(kChecksums);
    if (lines == result_.strings.end()) {
      check(version_.starts_with("1.0."),
            "{}: '{}' is missing; the file is damaged: write it anew",
            where_,
            kChecksums);
      return;
    }
    const auto said = lines->second.front();
    result_.strings.erase(lines);
    check_contents(result_, said, where_);
  }

  hid_t file_;
  std::string where_, version_;
  size_t size_, declared_ = 0;
  Place* place_;
  std::map<std::string, size_t> lengths_;  // by dimension
  ProbeFile result_;
};

ProbeFile open_and_read(const std::string& where, Place& place) {
  const auto size = MappedFile(where).bytes().size();
  try {
    const auto file =
        hold(H5Fopen(where.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "H5Fopen");
    return Reader(file, where, size, place).read();
  } catch (const Hdf5Error& error) {
    refuse("{}: {}is damaged or cut off ({} failed); write it anew",
           where,
           place.quoted(),
           error.what());
  }
}

/// HDF5 locks what it writes; reading beside a writer could give half of it.
void check_not_locked(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool held =
      descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  if (descriptor >= 0) close(descriptor);  // which lets go, too
  check(!held,
        "{}: another program holds it open for writing; close it there, or copy the file and read "
        "the copy",
        path.string());
}

}  // namespace

ProbeFile read_probe_file(const std::filesystem::path& path) {
  silence_hdf5();
  const auto where = path.string();
  const auto size = MappedFile(path).bytes().size();  // says by itself why it can't be read
  check(H5Fis_hdf5(path.c_str()) > 0,
        "{}: is no HDF5 file; name one that `whatwhere probe` wrote",
        where);
  check_not_locked(path);
  check_by_child(where, size, [&](Place& place) { open_and_read(where, place); });
  Place place;
  return open_and_read(where, place);
}

}  // namespace ww
