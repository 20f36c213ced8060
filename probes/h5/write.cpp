#include <hdf5_hl.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <string_view>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/streams.hpp"
#include "probes/h5/checksums.hpp"
#include "probes/h5/handle.hpp"
#include "probes/h5/memory_file.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/h5/schema.hpp"
#include "probes/h5/stored.hpp"

namespace ww {

namespace {

Handle text_type(size_t size) {
  auto type = hold(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
  called(H5Tset_size(type, size == 0 ? H5T_VARIABLE : size), "H5Tset_size");
  called(H5Tset_cset(type, H5T_CSET_UTF8), "H5Tset_cset");
  return type;
}

/// The variable that gives a dimension its values.
bool is_coordinate(const VariableRow& row) {
  const std::string name = row.name;
  return row.dims.size() == 1 && row.dims.front() == name.substr(name.find('/') + 1);
}

/// Fixed length, as netCDF writes a variable's attributes.
void set_text_attribute(hid_t object, const std::string& name, const std::string& value) {
  const auto type = text_type(std::max<size_t>(value.size(), 1));
  const auto space = hold(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  const auto attribute =
      hold(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
           H5Aclose,
           "H5Acreate2");
  const auto padded = value.empty() ? std::string(1, '\0') : value;
  called(H5Awrite(attribute, type, padded.data()), "H5Awrite");
}

/// Variable length: Python's readers make a str of it.
void set_root_attribute(hid_t file, const std::string& name, const std::string& value) {
  const auto type = text_type(0);
  const auto space = hold(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  const auto attribute = hold(H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                              H5Aclose,
                              "H5Acreate2");
  const char* const text = value.c_str();
  called(H5Awrite(attribute, type, &text), "H5Awrite");
}

void set_integer_attribute(hid_t object, const std::string& name, int64_t value) {
  const auto space = hold(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  const auto attribute =
      hold(H5Acreate2(object, name.c_str(), H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT),
           H5Aclose,
           "H5Acreate2");
  called(H5Awrite(attribute, H5T_NATIVE_INT64, &value), "H5Awrite");
}

/// Those of the data and those that every probe file has.
std::map<std::string, std::string> root_attributes(const ProbeFile& data) {
  auto all = data.text_attributes;
  all["Conventions"] = "CF-1.10";
  all["encoding-type"] = kEncodingType;
  all["encoding-version"] = kEncodingVersion;
  return all;
}

/// One file in the making.
class Writer {
 public:
  /// The bytes live as long as this.
  std::span<const std::byte> write(const ProbeFile& data) {
    const auto attributes = root_attributes(data);
    for (const auto& [name, value] : attributes) set_root_attribute(file_.id(), name, value);
    for (const auto& [name, value] : data.integer_attributes)
      set_integer_attribute(file_.id(), name, value);
    for (const auto& row : probe_schema()) {
      if (const auto found = data.variables.find(row.name); found != data.variables.end()) {
        write_numbers(row, found->second);
      } else if (const auto text = data.strings.find(row.name); text != data.strings.end()) {
        write_text(row, text->second);
      }
    }
    write_text(*find_variable(kChecksums), {checksum_lines(data, attributes)});
    scales_.clear();
    groups_.clear();
    return file_.finish();
  }

 private:
  static Handle property(hid_t kind) { return hold(H5Pcreate(kind), H5Pclose, "H5Pcreate"); }

  static Handle access() {
    auto list = property(H5P_FILE_ACCESS);
    called(H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_LATEST), "H5Pset_libver_bounds");
    return list;
  }

  static Handle creation() {
    auto list = property(H5P_FILE_CREATE);
    track_order(list);
    return list;
  }

  static void track_order(hid_t properties) {
    called(H5Pset_link_creation_order(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
           "H5Pset_link_creation_order");
    called(H5Pset_obj_track_times(properties, false), "H5Pset_obj_track_times");
  }

  /// The group of a name and the name within it.
  std::pair<hid_t, std::string> place(const std::string& name) {
    const auto slash = name.find('/');
    if (slash == std::string::npos) return {file_.id(), name};
    const auto group = name.substr(0, slash);
    if (!groups_.contains(group)) {
      const auto creation = property(H5P_GROUP_CREATE);
      track_order(creation);
      groups_[group] =
          hold(H5Gcreate2(file_.id(), group.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT),
               H5Gclose,
               "H5Gcreate2");
    }
    return {groups_.at(group), name.substr(slash + 1)};
  }

  static Handle creation_of(const VariableRow& row, const std::vector<hsize_t>& shape) {
    auto creation = property(H5P_DATASET_CREATE);
    called(H5Pset_obj_track_times(creation, false), "H5Pset_obj_track_times");
    called(H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
           "order");
    const bool real = row.stored == Stored::f32 || row.stored == Stored::f64;
    if (real) {
      const double missing = std::numeric_limits<double>::quiet_NaN();
      called(H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &missing), "H5Pset_fill_value");
    }
    if (shape.empty() || row.stored == Stored::text || std::ranges::count(shape, 0U) > 0)
      return creation;
    auto chunk = shape;
    if (chunk.size() > 1) chunk.front() = 1;  // a chunk per leading index
    called(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()), "H5Pset_chunk");
    // Samples are noise to the last bit: 41 MB of 48 were left, for a tenth of a probe's time.
    if (!std::string_view(row.name).starts_with("samples/")) {
      called(H5Pset_shuffle(creation), "H5Pset_shuffle");
      called(H5Pset_deflate(creation, 4), "H5Pset_deflate");
    }
    called(H5Pset_fletcher32(creation), "H5Pset_fletcher32");
    return creation;
  }

  Handle create(const VariableRow& row, const std::vector<hsize_t>& shape, hid_t type) {
    const auto [group, name] = place(row.name);
    const auto space =
        shape.empty()
            ? hold(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate")
            : hold(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                   H5Sclose,
                   "H5Screate");
    const auto creation = creation_of(row, shape);
    return hold(H5Dcreate2(group, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                H5Dclose,
                "H5Dcreate2");
  }

  void write_numbers(const VariableRow& row, const Array& array) {
    const std::vector<hsize_t> shape(array.shape.begin(), array.shape.end());
    auto data = create(row, shape, file_type(row.stored));
    if (!array.values.empty()) {
      called(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
             "H5Dwrite");
    }
    finish(row, std::move(data));
  }

  void write_text(const VariableRow& row, const std::vector<std::string>& values) {
    std::vector<hsize_t> shape;
    if (!row.dims.empty()) shape.push_back(values.size());
    const auto type = text_type(0);
    auto data = create(row, shape, type);
    std::vector<const char*> pointers;
    for (const auto& value : values) pointers.push_back(value.c_str());
    if (!pointers.empty()) {
      called(H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "H5Dwrite");
    }
    finish(row, std::move(data));
  }

  /// Attributes, and the dimension scales of every axis; a coordinate is a scale itself.
  void finish(const VariableRow& row, Handle data) {
    const bool real = row.stored == Stored::f32 || row.stored == Stored::f64;
    if (real) set_missing(data, row.stored);
    set_text_attribute(data, "long_name", row.long_name);
    set_text_attribute(data, "units", row.units);
    if (*row.cell_methods != '\0') set_text_attribute(data, "cell_methods", row.cell_methods);
    const bool on_map = row.dims == std::vector<std::string>{"layer", "frequency"};
    const std::string name = row.name;
    if (on_map && name != "theta" && name != "wavelength") {
      set_text_attribute(data, "coordinates", "theta wavelength");
    }
    const auto local = name.substr(name.find('/') + 1);  // npos + 1: the whole name
    if (is_coordinate(row)) {
      called(H5DSset_scale(data, local.c_str()), "H5DSset_scale");
      scales_[local] = std::move(data);
      return;
    }
    for (size_t axis = 0; axis < row.dims.size(); ++axis) {
      called(H5DSattach_scale(data, scales_.at(row.dims[axis]), static_cast<unsigned>(axis)),
             "H5DSattach_scale");
    }
  }

  static void set_missing(hid_t data, Stored stored) {
    const double missing = std::numeric_limits<double>::quiet_NaN();
    const auto space = hold(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
    const auto attribute =
        hold(H5Acreate2(data, "_FillValue", file_type(stored), space, H5P_DEFAULT, H5P_DEFAULT),
             H5Aclose,
             "H5Acreate2");
    called(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &missing), "H5Awrite");
  }

  MemoryFile file_{creation(), access()};
  std::map<std::string, Handle> groups_, scales_;
};

/// A fault of ours, not of the user's: what is written must be what the schema says.
void check_against_schema(const ProbeFile& file) {
  std::map<std::string, size_t> lengths;
  std::set<std::string> coordinates;
  const auto fail = [](const std::string& name, const char* what) {
    throw std::logic_error(fmt::format("probe file: {} {}", name, what));
  };
  const auto measure = [&](const std::string& name, const std::string& dim, size_t length) {
    const auto [known, fresh] = lengths.emplace(dim, length);
    if (known->second != length) fail(name, "has an axis of another length than its dimension");
  };
  for (const auto& [name, array] : file.variables) {
    const auto* const row = find_variable(name);
    if (row == nullptr || row->stored == Stored::text) fail(name, "is not in the schema");
    if (row->dims != array.dims || array.shape.size() != array.dims.size())
      fail(name, "has other dimensions");
    size_t count = 1;
    for (size_t i = 0; i < array.dims.size(); ++i) {
      measure(name, array.dims[i], array.shape[i]);
      count *= array.shape[i];
    }
    if (count != array.values.size()) fail(name, "has another number of values than its shape");
  }
  for (const auto& [name, values] : file.strings) {
    const auto* const row = find_variable(name);
    if (row == nullptr || row->stored != Stored::text) fail(name, "is not in the schema");
    if (!row->dims.empty()) measure(name, row->dims.front(), values.size());
    if (row->dims.empty() && values.size() != 1) fail(name, "takes one value");
    if (is_coordinate(*row)) coordinates.insert(row->dims.front());
  }
  for (const auto& [name, array] : file.variables) {
    if (is_coordinate(*find_variable(name))) coordinates.insert(array.dims.front());
  }
  for (const auto& [dim, length] : lengths) {
    if (!coordinates.contains(dim)) fail(dim, "is a dimension without its coordinate");
  }
}

}  // namespace

void write_probe_file(const std::filesystem::path& path, const ProbeFile& file) {
  silence_hdf5();
  check_against_schema(file);
  check(!is_standard_output(path),
        "{}: HDF5 cannot go to standard output; name a file with -o",
        path.string());
  AtomicFile target(path);
  try {
    Writer writer;
    target.write(writer.write(file));
  } catch (const Hdf5Error& error) {
    throw std::runtime_error(
        fmt::format("{}: HDF5 can't make it ({} failed)", path.string(), error.what()));
  }
  target.commit();
}

}  // namespace ww
