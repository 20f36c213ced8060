#include "probes/h5/stored.hpp"

#include <cstring>

namespace ww {

hid_t file_type(Stored stored) {
  switch (stored) {
    case Stored::f32:
      return H5T_IEEE_F32LE;
    case Stored::f64:
      return H5T_IEEE_F64LE;
    case Stored::i8:
      return H5T_STD_I8LE;
    case Stored::i32:
      return H5T_STD_I32LE;
    default:
      return H5T_STD_I64LE;
  }
}

size_t stored_width(Stored stored) { return H5Tget_size(file_type(stored)); }

std::string stored_bytes(const std::vector<double>& values, Stored stored) {
  std::string bytes(values.size() * sizeof(double), '\0');
  if (values.empty()) return bytes;
  std::memcpy(bytes.data(), values.data(), bytes.size());
  called(
      H5Tconvert(
          H5T_NATIVE_DOUBLE, file_type(stored), values.size(), bytes.data(), nullptr, H5P_DEFAULT),
      "H5Tconvert");
  bytes.resize(values.size() * stored_width(stored));
  return bytes;
}

}  // namespace ww
