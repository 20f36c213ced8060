// fused_models.hpp: models and batches on which the fused kernels meet their twin, the decoder's
// composition of tensor operations.
#pragma once

#include <functional>
#include <string>

#include "models/decoder.hpp"
#include "models/encoding.hpp"

namespace ww::test {

/// Two blocks of width 32, two heads of width 16, 13 symbols.
ModelConfig small_config(const EncodingRow& row);

/// A model of `type` whose parameters are float32 numbers away from their starts: phases lie
/// inside, outside and at an end of their clamp, biases and norms differ everywhere. Gradients are
/// tracked.
Decoder lively_model(const ModelConfig& config, at::ScalarType type = at::kFloat);

/// `strings` strings of `letters` tokens, then `queries` blocks of two. Per-string positions are
/// sorted subsets of 0 .. 3 T where `apart`.
struct Question {
  Input input;
  at::Tensor answers;  // [B Q]
};
Question question(int64_t strings, int64_t letters, int64_t queries, bool apart = false);
/// `strings` texts of T tokens, every row graded.
Question plain_text(int64_t strings, int64_t length);

/// Calls `check` in a section for every vector instruction set; notes those that can't run here.
void for_each_isa(const std::function<void(kernels::Isa)>& check);

/// |a - b| / |b| of each parameter's gradient; the largest, and whose it is. A gradient of b that
/// is zero is compared absolutely.
struct GradientError {
  double worst = 0;
  std::string name;
};
GradientError gradient_error(const Decoder& a, const Decoder& b);

}  // namespace ww::test
