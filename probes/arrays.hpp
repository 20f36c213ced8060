// arrays.hpp: tensors as the variables of a probe file.
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>

#include "probes/h5/probe_file.hpp"

namespace ww {

/// Absent, in a file.
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Values of any device and type, row-major.
Array to_array(std::vector<std::string> dims, const at::Tensor& values);
/// Layers of one shape, one behind the other.
Array to_array(std::vector<std::string> dims, const std::vector<at::Tensor>& layers);
/// The coordinate 0, 1, .. count - 1 of a dimension.
Array counted(const std::string& dim, int64_t count);
/// A coordinate of given values.
Array coordinate(const std::string& dim, const std::vector<int64_t>& values);

}  // namespace ww
