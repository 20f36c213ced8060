// selfcheck.hpp: a probe proves that it captured what the model computes before it writes anything.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/decoder.hpp"

namespace ww {

/// Attention logits rebuilt in float64 from the captured q [1, H, T, D] and k [1, Hk, T, D], before
/// rotation, and the encoding's frequencies, held against a slab of the model's own scaled scores
/// [1, H, R, T] on up to 32 of its rows: max |difference| / max sum_c |zq_c| |zk_c| scale.
double logit_error(const Encoding& encoding,
                   double scale,
                   const at::Tensor& q,
                   const at::Tensor& k,
                   const Observation& scores);

/// Where every layer's logit_error() must stay.
constexpr double kLogitErrorLimit = 2e-5;

/// What model and probe could misread alike: how much lower, nats per token, the loss of `ids` is
/// when pairs are read in the other layout. Above 0.05 the layout is wrong. 0 for encodings without
/// a layout and for texts of fewer than 32 tokens.
double other_layout_gain(const Decoder& model, const std::vector<int32_t>& ids);

}  // namespace ww
