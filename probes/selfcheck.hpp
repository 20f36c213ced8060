// selfcheck.hpp: a probe proves that it captured what the model computes before it writes anything.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Attention logits rebuilt in float64 from the captured q and k, before rotation, and the
/// encoding's frequencies, held against the model's own scaled scores of sampled_rows() with
/// sampled_keys(): max |difference| / max sum_c |zq_c| |zk_c| kappa; without frequencies the norms
/// of whole queries and keys stand in the bound.
double logit_error(const AttentionView& view, const at::Tensor& scores);

/// Where every layer's logit_error() must stay.
constexpr double kLogitErrorLimit = 2e-5;

/// Tokens at the start of the first text that show what model and probe could misread alike.
constexpr int64_t kOpeningTokens = 256;

/// How the start of the first text votes on the layout of pairs.
struct LayoutVote {
  double gain = 0;       // nats per prediction that the other layout would save; 0: no question
  int64_t tokens = 0;    // that voted
  double error = 0;      // of the gain: standard error over tokens, those of one symbol together
  std::string abstains;  // why this is no evidence; empty: it is
};

/// What two readings of the same predictions [n] say, by what each costs in either, nats; `targets`
/// [n] are the symbols predicted. It abstains where neither reading is clearly better than guessing
/// among `vocabulary` symbols, or the difference may be chance.
LayoutVote judged(const std::vector<double>& as_read,
                  const std::vector<double>& otherwise,
                  const std::vector<int32_t>& targets,
                  int64_t vocabulary);

/// Runs the ids of an opening anew, pairs of features read in the other layout, against what each
/// prediction cost as read. The first 64 tokens decide where the layout as read is better by half a
/// nat and they do not abstain, else all do. No question for encodings without a layout and for
/// fewer than 32 ids.
LayoutVote layout_vote(const Decoder& model,
                       const std::vector<int32_t>& ids,
                       const std::vector<double>& losses);

}  // namespace ww
