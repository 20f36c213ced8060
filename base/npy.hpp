// npy.hpp: the head of a NumPy array file, version 1.0 of its format (numpy.lib.format).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ww {

/// What stands before the array's bytes in C order. `type` is NumPy's: "<i4", "<f4", "<f8".
std::string npy_header(const std::string& type, const std::vector<int64_t>& shape);

}  // namespace ww
