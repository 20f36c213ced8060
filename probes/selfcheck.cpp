#include "probes/selfcheck.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/load.hpp"
#include "probes/rotated.hpp"

namespace ww {

namespace {

constexpr int64_t kFirstVote = 64;      // tokens
constexpr double kClearlyBetter = 0.5;  // nats per prediction

/// The tokens of x at `positions`, in float64.
Rotated rebuilt_of(const AttentionView& view,
                   Side side,
                   const at::Tensor& x,
                   const at::Tensor& positions) {
  return rotated(*view.encoding, side, x.index_select(1, positions).to(at::kDouble), positions);
}

at::Tensor pairs(const Rotated& z) { return at::cat({z.real, z.imaginary}, -1); }  // [G, T, 2F]

/// Of a bound: to the places of a float.
at::Tensor sizes(const Rotated& z) {
  return (z.real * z.real + z.imaginary * z.imaginary).sqrt().to(at::kFloat);  // [G, T, F]
}

/// Rows [H, S, X] of query heads times those [Hk, K, X] of the key heads that serve them: [H, S,
/// K].
at::Tensor products(const at::Tensor& query, const at::Tensor& key) {
  const auto served = query.size(0) / key.size(0);
  const auto by_key_head = query.reshape({key.size(0), served * query.size(1), key.size(2)});
  return by_key_head.matmul(key.mT()).view({query.size(0), query.size(1), key.size(1)});
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
  auto rebuilt = products(pairs(q), pairs(k)) * kappa;  // Re(conj(zq) zk)
  if (q.tail.defined()) rebuilt = rebuilt + products(q.tail, k.tail) * view.rule.scale;
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
  const auto vote = [&](int64_t tokens) -> LayoutVote {
    const std::vector<int32_t> first(ids.begin(), ids.begin() + tokens);
    const Inputs opening{{{"the first text, its pairs read in the other layout", "", {{first}}}}};
    const double own = std::accumulate(losses.begin(), losses.begin() + tokens - 1, 0.0);
    return {own / static_cast<double>(tokens - 1) - pooled(walk(other, opening, {})).mean(),
            tokens};
  };
  const auto all = static_cast<int64_t>(ids.size());
  const auto early = vote(std::min(all, kFirstVote));
  return early.tokens == all || early.gain < -kClearlyBetter ? early : vote(all);
}

}  // namespace ww
