// stored.hpp: the types that a probe file's numbers have on disk, and their bytes there.
#pragma once

#include <vector>

#include "probes/h5/handle.hpp"
#include "probes/h5/schema.hpp"

namespace ww {

/// HDF5's little-endian type; H5T_STD_I64LE for text, which has none of its own.
hid_t file_type(Stored stored);
/// Bytes of one number.
size_t stored_width(Stored stored);
/// The numbers as HDF5 writes them: rounded to their type, little-endian.
std::string stored_bytes(const std::vector<double>& values, Stored stored);

}  // namespace ww
