#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/check.hpp"
#include "base/files.hpp"
#include "probes/h5/handle.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/h5/schema.hpp"

namespace ww {

namespace {

std::string text_attribute(hid_t object, const char* name) {
  const auto attribute = hold(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "H5Aopen");
  const auto type = hold(H5Aget_type(attribute), H5Tclose, "H5Aget_type");
  if (H5Tget_class(type) != H5T_STRING) throw Hdf5Error("an attribute is no string");
  if (called(H5Tis_variable_str(type), "H5Tis_variable_str") > 0) {
    char* text = nullptr;
    called(H5Aread(attribute, type, &text), "H5Aread");
    const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
    return text == nullptr ? "" : text;
  }
  std::string text(H5Tget_size(type), '\0');
  called(H5Aread(attribute, type, text.data()), "H5Aread");
  return text.substr(0, text.find('\0'));
}

std::vector<size_t> shape_of(hid_t data) {
  const auto space = hold(H5Dget_space(data), H5Sclose, "H5Dget_space");
  const int rank = called(H5Sget_simple_extent_ndims(space), "H5Sget_simple_extent_ndims");
  std::vector<hsize_t> sizes(static_cast<size_t>(rank));
  called(H5Sget_simple_extent_dims(space, sizes.data(), nullptr), "H5Sget_simple_extent_dims");
  return {sizes.begin(), sizes.end()};
}

size_t product(const std::vector<size_t>& shape) {
  size_t count = 1;
  for (const auto size : shape) {
    constexpr size_t kMost = size_t{1} << 30;
    if (size > kMost / (count == 0 ? 1 : count)) throw Hdf5Error("a variable is impossibly large");
    count *= size;
  }
  return count;
}

Array read_numbers(hid_t data, const VariableRow& row) {
  Array array{row.dims, shape_of(data), {}};
  if (array.shape.size() != row.dims.size()) throw Hdf5Error("a variable has other dimensions");
  array.values.resize(product(array.shape));
  if (!array.values.empty()) {
    called(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
           "H5Dread");
  }
  return array;
}

std::vector<std::string> read_text(hid_t data) {
  const auto type = hold(H5Dget_type(data), H5Tclose, "H5Dget_type");
  if (called(H5Tis_variable_str(type), "H5Tis_variable_str") <= 0)
    throw Hdf5Error("a text is no string");
  std::vector<char*> pointers(product(shape_of(data)), nullptr);
  if (pointers.empty()) return {};
  called(H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "H5Dread");
  std::vector<std::string> values;
  for (auto* const pointer : pointers) {
    values.emplace_back(pointer == nullptr ? "" : pointer);
    std::free(pointer);
  }
  return values;
}

/// Whether the path exists, group by group: HDF5 calls a missing parent an error. Links, which may
/// lead to other files, are refused.
bool has(hid_t file, const std::string& name, const std::string& where) {
  for (size_t end = 0; end != std::string::npos;) {
    end = name.find('/', end + 1);
    const auto part = name.substr(0, end);
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
    H5L_info_t link;
    called(H5Lget_info(file, part.c_str(), &link, H5P_DEFAULT), "H5Lget_info");
    check(link.type == H5L_TYPE_HARD,
          "{}: '{}' is a link; a probe file holds its own data",
          where,
          part);
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

void check_version(hid_t file, const std::string& where) {
  std::string type, version;
  try {
    type = text_attribute(file, "encoding-type");
    version = text_attribute(file, "encoding-version");
  } catch (const Hdf5Error&) {
    refuse("{}: is an HDF5 file, but not one that `whatwhere probe` wrote", where);
  }
  check(
      type == kEncodingType, "{}: holds '{}', this program reads '{}'", where, type, kEncodingType);
  const auto major = version.substr(0, version.find('.'));
  check(major == "1",
        "{}: is of schema version {}, this program reads 1.x; use a newer whatwhere",
        where,
        version);
}

struct AttributeSink {
  ProbeFile* file;
};

/// H5Aiterate's callback: text and integers into the file, anything else passed over.
herr_t add_attribute(hid_t object, const char* name, const H5A_info_t*, void* sink) {
  auto& file = *static_cast<AttributeSink*>(sink)->file;
  try {
    const auto attribute = hold(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "H5Aopen");
    const auto type = hold(H5Aget_type(attribute), H5Tclose, "H5Aget_type");
    if (H5Tget_class(type) == H5T_STRING) file.text_attributes[name] = text_attribute(object, name);
    if (H5Tget_class(type) == H5T_INTEGER) {
      int64_t value = 0;
      called(H5Aread(attribute, H5T_NATIVE_INT64, &value), "H5Aread");
      file.integer_attributes[name] = value;
    }
  } catch (const Hdf5Error&) {
    return -1;  // no exception may pass through C
  }
  return 0;
}

ProbeFile read_all(hid_t file, const std::string& where) {
  ProbeFile result;
  AttributeSink sink{&result};
  called(H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_attribute, &sink),
         "H5Aiterate2");
  for (const auto& row : probe_schema()) {
    if (!has(file, row.name, where)) continue;
    const auto data = hold(H5Dopen2(file, row.name, H5P_DEFAULT), H5Dclose, "H5Dopen2");
    check_own(data, row.name, where);
    if (row.stored == Stored::text) {
      result.strings[row.name] = read_text(data);
    } else {
      result.variables[row.name] = read_numbers(data, row);
    }
  }
  return result;
}

ProbeFile open_and_read(const std::string& where) {
  const auto file = hold(H5Fopen(where.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "H5Fopen");
  check_version(file, where);
  return read_all(file, where);
}

/// HDF5 trusts what it reads, so a damaged file may crash it. Here a child is what crashes.
void check_by_child(const std::string& where) {
  check(std::filesystem::is_regular_file(where) || !std::filesystem::exists(where),
        "{}: is not a plain file",
        where);
  const auto child = fork();
  check(child >= 0, "{}: can't be checked: no new process could be started; try again", where);
  if (child == 0) {
    const rlimit no_core{0, 0}, seconds{60, 60};
    setrlimit(RLIMIT_CORE, &no_core);
    setrlimit(RLIMIT_CPU, &seconds);
    for (const int fault : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(fault, SIG_DFL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(0);  // HDF5's and malloc's words
    try {
      open_and_read(where);
    } catch (const std::exception&) {  // the parent comes to the same and says so
    }
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // A sanitizer ends it by itself.
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
        "{}: is damaged (reading it crashes the HDF5 library); write it anew",
        where);
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
  (void)MappedFile(path);  // says by itself why a file can't be read
  check(H5Fis_hdf5(path.c_str()) > 0,
        "{}: is no HDF5 file; name one that `whatwhere probe` wrote",
        where);
  check_not_locked(path);
  check_by_child(where);
  try {
    return open_and_read(where);
  } catch (const Hdf5Error& error) {
    refuse("{}: is damaged or cut off ({} failed); write it anew", where, error.what());
  }
}

}  // namespace ww
