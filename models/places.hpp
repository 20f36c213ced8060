// places.hpp: the positions and answers of a batch as tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/decoder.hpp"
#include "models/run.hpp"

namespace ww {

/// int64 on the CPU: the batch's own [T], or with --random-positions [B, T], where each string
/// reads a sorted random subset of 0 .. range - 1, a function of its index, instead of 0, 1, ..
at::Tensor place_positions(const Batch& batch, const Run& run, Split split);

/// [B Q], int64, on the device.
at::Tensor answers_of(const Batch& batch, at::Device device);

/// Throws InputError where strings of the run have no place in the model: more positions than
/// --max-length or --random-positions.
void check_places(const Decoder& model, const Run& run);

}  // namespace ww
