// attention.hpp: softmax attention alone on the CPU kernels, as a function of autograd: for strings
// too long for a fused block and for models of other makes.
#pragma once

#include "models/attention.hpp"
#include "models/kernels/model.hpp"

namespace ww {

/// Whether fused_attention() can stand for the composition: float32 on the CPU, a head width that
/// is a multiple of 16, scores without a cap, no gradient wanted of a score bias.
bool can_fuse(const AttentionInput& input,
              const Encoding& encoding,
              const Places& places,
              const AttentionRule& rule,
              const at::Tensor& bias);

/// As attention() without hooks; `bias` is the encoding's, [H, T, T] or [B, H, T, T] or
/// undefined. [B, H, R, D].
at::Tensor fused_attention(const kernels::Table& table,
                           const AttentionInput& input,
                           const Encoding& encoding,
                           const Turn& turn,
                           const Places& places,
                           const AttentionRule& rule,
                           const at::Tensor& bias);

}  // namespace ww
