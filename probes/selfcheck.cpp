#include "probes/selfcheck.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "models/load.hpp"
#include "probes/rotated.hpp"

namespace ww {

namespace {

constexpr int64_t kFirstVote = 64;      // tokens
constexpr double kClearlyBetter = 0.5;  // nats per prediction
constexpr double kPredicts = 0.9;       // of the loss of guessing: above it, nothing is predicted
constexpr double kErrors = 2;           // standard errors within which a difference is chance

/// Mean with its standard error over values; those of one symbol stand or fall together.
struct SymbolEstimate {
  double mean = 0, error = 0;
};

SymbolEstimate estimate_of(const std::vector<double>& values, const std::vector<int32_t>& symbols) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::map<int32_t, double> off;
  for (size_t i = 0; i < values.size(); ++i) off[symbols[i]] += values[i] - mean;
  double square = 0;
  for (const auto& [symbol, sum] : off) square += sum * sum;
  const auto groups = static_cast<double>(off.size());
  if (off.size() < 2) return {mean, std::numeric_limits<double>::infinity()};
  return {mean, std::sqrt(square * groups / (groups - 1)) / n};
}

/// What each prediction of the one window costs, nats.
class OpeningLosses final : public Visitor {
 public:
  OpeningLosses(const Decoder& model, int64_t most) : model_(model), most_(most) {}
  void see(const AttentionView&) override {}
  void see_end(const Walker& walker) override { losses = first_losses(model_, walker, most_); }

  std::vector<double> losses;

 private:
  const Decoder& model_;
  int64_t most_;
};

/// The tokens of x at `positions`, in float64.
Rotated rebuilt_of(const AttentionView& view,
                   Side side,
                   const at::Tensor& x,
                   const at::Tensor& positions) {
  return rotated(*view.encoding, side, x.index_select(1, positions).to(at::kDouble), positions);
}

/// Of a bound: to the places of a float.
at::Tensor sizes(const Rotated& z) {
  return (z.real * z.real + z.imaginary * z.imaginary).sqrt().to(at::kFloat);  // [G, T, F]
}

}  // namespace

double logit_error(const AttentionView& view, const at::Tensor& scores) {
  const c10::NoGradGuard no_grad;
  const auto& encoding = *view.encoding;
  const auto rows = sampled_rows(view.q.size(1)).to(view.q.device());
  const auto keys = sampled_keys(view.k.size(1)).to(view.k.device());
  const auto q = rebuilt_of(view, Side::query, view.q, rows);  // [H, S, F]
  const auto k = rebuilt_of(view, Side::key, view.k, keys);    // [Hk, K, F]
  const double kappa = view.rule.scale * encoding.factor() * encoding.factor();
  const auto rebuilt = scores_of(q, k, view.rule.scale, encoding.factor());
  auto own = scores.to(at::kDouble);  // [H, S, K]
  const auto bias = encoding.bias(at::arange(view.q.size(1)));
  if (bias.defined())
    own = own - bias.to(own.options()).index_select(1, rows).index_select(2, keys);
  const auto bound = q.real.size(-1) > 0
                         ? products(sizes(q), sizes(k)).max() * kappa
                         : q.tail.norm(2, -1).amax() * k.tail.norm(2, -1).amax() * view.rule.scale;
  const double difference = (rebuilt - own).abs().max().item<double>();
  return difference == 0 ? 0 : difference / bound.item<double>();  // all zero: the bound is, too
}

LayoutVote judged(const std::vector<double>& as_read,
                  const std::vector<double>& otherwise,
                  const std::vector<int32_t>& targets,
                  int64_t vocabulary) {
  std::vector<double> gains;
  for (size_t i = 0; i < otherwise.size(); ++i) gains.push_back(as_read[i] - otherwise[i]);
  const std::vector<double> own(as_read.begin(), as_read.begin() + int64_t(gains.size()));
  const auto gain = estimate_of(gains, targets);
  const auto better = estimate_of(gain.mean > 0 ? otherwise : own, targets);
  const double guessing = std::log(static_cast<double>(vocabulary));
  LayoutVote vote{gain.mean, static_cast<int64_t>(gains.size()) + 1, gain.error, {}};
  if (better.mean + kErrors * better.error >= kPredicts * guessing) {
    vote.abstains = fmt::format(
        "the model predicts nothing here ({:.2f} nats/prediction as read, guessing costs {:.2f})",
        estimate_of(own, targets).mean,
        guessing);
  } else if (std::abs(gain.mean) <= kErrors * gain.error) {
    vote.abstains = fmt::format(
        "the other layout costs {:+.3f} nats/prediction, with a standard error of {:.3f} over "
        "tokens",
        -gain.mean,
        gain.error);
  }
  return vote;
}

LayoutVote layout_vote(const Decoder& model,
                       const std::vector<int32_t>& ids,
                       const std::vector<double>& losses) {
  const auto& row = encoding_row(model.config().encoding);
  if (!row.reads("rope-layout") || ids.size() < 32) return {};
  const c10::NoGradGuard no_grad;
  auto config = model.config();
  auto& layout = config.encoding_options.layout;
  layout = layout == "half" ? "adjacent" : "half";
  const auto other = with_config(model, config);
  const auto vote = [&](int64_t tokens) {
    const std::vector<int32_t> first(ids.begin(), ids.begin() + tokens);
    const Inputs opening{{{"the first text, its pairs read in the other layout", "", {{first}}}}};
    OpeningLosses seen(other, tokens - 1);
    WalkOptions walking;
    walking.visitor = &seen;
    walking.sampled = true;
    walking.losses = false;
    walk(other, opening, walking);
    return judged(losses, seen.losses, {first.begin() + 1, first.end()}, model.config().vocabulary);
  };
  const auto all = static_cast<int64_t>(ids.size());
  const auto early = vote(std::min(all, kFirstVote));
  const bool sure = early.gain < -kClearlyBetter && early.abstains.empty();
  return early.tokens == all || sure ? early : vote(all);
}

}  // namespace ww
