#include "probes/h5/values.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace ww {

namespace {

/// Where HDF5 puts texts: each reference in a file may lead to the same one, so they are counted.
class TextPool {
 public:
  explicit TextPool(size_t most) : left_(most) {}

  Handle transfer() {
    auto list = hold(H5Pcreate(H5P_DATASET_XFER), H5Pclose, "H5Pcreate");
    called(H5Pset_vlen_mem_manager(list, allocate, this, release, this), "H5Pset_vlen_mem_manager");
    return list;
  }

 private:
  static void* allocate(size_t size, void* pool) {
    auto& self = *static_cast<TextPool*>(pool);
    if (size > self.left_) return nullptr;
    self.left_ -= size;
    try {
      return self.held_.emplace_back(std::make_unique<char[]>(size)).get();
    } catch (const std::bad_alloc&) {
      return nullptr;  // no exception may pass through C
    }
  }
  static void release(void*, void*) {}  // all at once, with the pool

  size_t left_;
  std::vector<std::unique_ptr<char[]>> held_;
};

}  // namespace

void check_single(hid_t attribute) {
  const auto space = hold(H5Aget_space(attribute), H5Sclose, "H5Aget_space");
  if (called(H5Sget_simple_extent_npoints(space), "H5Sget_simple_extent_npoints") != 1)
    throw Hdf5Error("an attribute holds other than one value");
}

std::string text_attribute(hid_t object, const char* name, size_t most) {
  const auto attribute = hold(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "H5Aopen");
  const auto type = hold(H5Aget_type(attribute), H5Tclose, "H5Aget_type");
  if (H5Tget_class(type) != H5T_STRING) throw Hdf5Error("an attribute is no string");
  check_single(attribute);
  if (called(H5Tis_variable_str(type), "H5Tis_variable_str") > 0) {
    char* text = nullptr;
    called(H5Aread(attribute, type, &text), "H5Aread");
    const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
    return text == nullptr ? "" : text;
  }
  if (H5Tget_size(type) > most) throw Hdf5Error("an attribute is larger than the file");
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

Array read_numbers(hid_t data, const VariableRow& row, const std::vector<size_t>& shape) {
  Array array{row.dims, shape, std::vector<double>(product(shape))};
  if (!array.values.empty()) {
    called(H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()),
           "H5Dread");
  }
  return array;
}

std::vector<std::string> read_texts(hid_t data, size_t count, size_t most) {
  const auto type = hold(H5Dget_type(data), H5Tclose, "H5Dget_type");
  if (called(H5Tis_variable_str(type), "H5Tis_variable_str") <= 0)
    throw Hdf5Error("a text is no string");
  std::vector<char*> pointers(count, nullptr);
  if (pointers.empty()) return {};
  TextPool pool(most);
  const auto transfer = pool.transfer();
  called(H5Dread(data, type, H5S_ALL, H5S_ALL, transfer, pointers.data()), "H5Dread");
  std::vector<std::string> values;
  for (const auto* const pointer : pointers) values.emplace_back(pointer == nullptr ? "" : pointer);
  return values;
}

}  // namespace ww
