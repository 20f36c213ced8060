// usage_in_tensors.hpp: usage as a probe asks for it, on a GPU: by the kernel, held against the
// same sums in tensor operations.
#pragma once

#include <vector>

#include "models/kernels/cuda/check/problem.hpp"
#include "models/window_usage.hpp"

namespace ww {

/// Whether the encoding has frequencies whose usage the kernel sums.
bool kernel_sums(const EncodingRow& row);

/// Distances of all sums of queries or keys of T tokens, 16 features wide; the largest difference
/// over the largest sum of squares. Throws std::runtime_error where the kernel does not take them.
std::vector<kernels::cuda::Distance> usage_distances(const EncodingRow& row, int64_t T, Side side);

}  // namespace ww
