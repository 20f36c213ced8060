// decoder_step.hpp: a training step of a small decoder, products in bfloat16, with attention on the
// kernels beside the same step with the composition of tensor operations.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/launchers.hpp"

namespace ww {

/// The encodings that the kernels turn, one of each kind and the biases they add.
const std::vector<std::string>& stepped_encodings();

/// How far loss and gradient of the two lie apart, relative: the gradient of all parameters
/// together, and of the worst one alone. Of a loss that is the same to the bit the kernels had no
/// part.
std::vector<kernels::cuda::Distance> step_distances(const std::string& encoding,
                                                    const kernels::cuda::Launchers& launchers,
                                                    at::Device device);

}  // namespace ww
