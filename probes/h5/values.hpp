// values.hpp: attributes, numbers and texts out of an HDF5 file that may be damaged. All throw
// Hdf5Error where HDF5 fails or the value is of another kind.
#pragma once

#include <string>
#include <vector>

#include "probes/h5/handle.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/h5/schema.hpp"

namespace ww {

/// Attributes of ours hold one value; more would be written past the place for it.
void check_single(hid_t attribute);
/// Of at most `most` bytes.
std::string text_attribute(hid_t object, const char* name, size_t most);

std::vector<size_t> shape_of(hid_t data);
/// At most 2^30.
size_t product(const std::vector<size_t>& shape);

Array read_numbers(hid_t data, const VariableRow& row, const std::vector<size_t>& shape);
/// `count` texts of at most `most` bytes together.
std::vector<std::string> read_texts(hid_t data, size_t count, size_t most);

}  // namespace ww
