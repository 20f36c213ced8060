// decoder_step.hpp: a training step of a small decoder, with attention on kernels beside the same
// step with the composition of tensor operations.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/fused/engine.hpp"
#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/launchers.hpp"

namespace ww {

/// The encodings that the kernels turn, one of each kind and the biases they add.
const std::vector<std::string>& stepped_encodings();

/// What a step attends with, over which strings, and what of its difference from the composition is
/// rounding.
struct SteppedEngine {
  const char* name;
  Engine engine;
  at::ScalarType type;                // of the blocks' products
  int64_t queries, random_positions;  // of a string; 0: as the preset has it
  double loss, gradient, parameter;   // allowed
};
/// Our kernels in bfloat16.
SteppedEngine stepped_kernels(const kernels::cuda::Launchers& launchers);
/// LibTorch's attention in both types, over strings of more than a block and of other positions.
std::vector<SteppedEngine> stepped_library();

/// How far loss and gradient of the two lie apart, relative: the gradient of all parameters
/// together, and of the worst one alone; and the logits of a text, which nobody learns from. Of a
/// gradient that is the same to the bit the engine had no part.
std::vector<kernels::cuda::Distance> step_distances(const std::string& encoding,
                                                    const SteppedEngine& asked,
                                                    at::Device device);

}  // namespace ww
