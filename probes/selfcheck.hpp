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

/// Tokens at the start of the first text that show what model and probe could misread alike.
constexpr int64_t kOpeningTokens = 256;

/// What `ids` cost, nats per prediction, when pairs of features are read in the other layout. If
/// that is 0.05 below the loss as read, the layout is wrong. NaN for encodings without a layout and
/// for fewer than 32 ids.
double other_layout_loss(const Decoder& model, const std::vector<int32_t>& ids);

}  // namespace ww
