// selfcheck.hpp: a probe proves that it captured what the model computes before it writes anything.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Attention logits rebuilt in float64 from the captured q and k, before rotation, and the
/// encoding's frequencies, held against the model's own scaled scores on up to 32 rows of a slab:
/// max |difference| / max sum_c |zq_c| |zk_c| kappa.
double logit_error(const AttentionView& view, const ScoreSlab& slab);

/// Where every layer's logit_error() must stay.
constexpr double kLogitErrorLimit = 2e-5;

/// What model and probe could misread alike: how much lower, nats per token, the loss of `ids` is
/// when pairs are read in the other layout. Above 0.05 the layout is wrong. 0 for encodings without
/// a layout and for texts of fewer than 32 tokens.
double other_layout_gain(const Decoder& model, const std::vector<int32_t>& ids);

}  // namespace ww
