// call.hpp: one attention as kernels take it, which know an encoding only by its interface.
#pragma once

#include <c10/core/GradMode.h>

#include "models/attention.hpp"

namespace ww {

/// What attention() is given, without hooks; `bias` is the encoding's, [H, T, T] or [B, H, T, T] or
/// undefined.
struct AttentionCall {
  const AttentionInput& input;
  const Encoding& encoding;
  const Turn& turn;
  const Places& places;
  const AttentionRule& rule;
  const at::Tensor& bias;

  /// Whether a gradient of the bias is wanted.
  bool bias_learns() const {
    return bias.defined() && bias.requires_grad() && c10::GradMode::is_enabled();
  }
};

}  // namespace ww
