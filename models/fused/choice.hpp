// choice.hpp: what a model computes with, and why: the fused CPU kernels, tensor operations with
// attention alone on kernels (of a CPU, of a GPU, LibTorch's), or tensor operations throughout.
#pragma once

#include <string>

#include "models/config.hpp"
#include "models/encoding.hpp"
#include "models/fused/engine.hpp"
#include "models/kernels/model.hpp"

namespace ww {

class Decoder;

/// The sizes of every block of such a model.
kernels::BlockShape block_shape(const ModelConfig& config, const Rotation& rotation);

/// Why the fused kernels can't run such a model at all, with what would do; empty where they can.
std::string fused_obstacle(const ModelConfig& config, at::TensorOptions options);

/// Whether what one string of `length` tokens keeps of a block stays in a core's cache.
bool fits_cache(const kernels::BlockShape& shape, const kernels::Table& table, int64_t length);

/// What `--kernels auto|fused|library|plain` means for a model whose products are of the options'
/// type and strings of about `length` tokens. `auto` takes the fused kernels where they can run and
/// one string fits the cache, else attention alone, which is float32 beside products of bfloat16
/// too. On a GPU attention alone in bfloat16, else tensor operations: LibTorch's attention must be
/// asked for, since its gradient can be NaN in float32 (pytorch#125674, #166211). Throws InputError
/// for other words, where `fused` can't run, and as chosen_isa() does.
Engine choose_engine(const std::string& word,
                     const ModelConfig& config,
                     at::TensorOptions options,
                     int64_t length);

/// The same as `auto` for a model whose strings are not known: each is asked when it comes. A
/// checkpoint that is only read gets attention alone: there is no room for packed weights. On a GPU
/// LibTorch's: nobody wants gradients.
Engine engine_for_any(const Decoder& model);

}  // namespace ww
