// attention.hpp: softmax attention alone on the CPU kernels, as a function of autograd: for strings
// too long for a fused block and for models of other makes.
#pragma once

#include "models/fused/call.hpp"
#include "models/kernels/model.hpp"

namespace ww {

/// Whether fused_attention() can stand for the composition: float32 on the CPU, a head width that
/// is a multiple of 16, scores without a cap, no gradient wanted of a score bias.
bool can_fuse(const AttentionCall& call);

/// [B, H, R, D].
at::Tensor fused_attention(const kernels::Table& table, const AttentionCall& call);

}  // namespace ww
