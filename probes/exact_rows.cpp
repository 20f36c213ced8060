#include "probes/exact_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <limits>

namespace ww {

namespace {

at::Tensor seen_keys(const at::Tensor& rows, int64_t T, int64_t window) {
  const auto distance = rows.unsqueeze(1) - at::arange(T, rows.options());
  const auto causal = distance >= 0;
  return window > 0 ? causal & (distance < window) : causal;
}

}  // namespace

ExactRows exact_rows(const AttentionView& view, const at::Tensor& rows) {
  const auto& encoding = *view.encoding;
  const auto T = view.k.size(1);
  ExactRows all;
  all.rows = rows.to(view.q.device());
  all.seen = seen_keys(all.rows, T, view.rule.window);
  const auto q = view.q.index_select(1, all.rows).to(at::kDouble);
  all.query = rotated(encoding, Side::query, q, rows);
  all.key = rotated(encoding, Side::key, view.k.to(at::kDouble), at::arange(T));
  all.scores = scores_of(all.query, all.key, view.rule.scale, encoding.factor());
  const auto bias = encoding.bias(at::arange(T));
  if (bias.defined()) {
    all.bias = bias.detach().to(all.scores.options()).index_select(1, all.rows);
    all.scores = all.scores + all.bias;
  }
  const auto cap = view.rule.cap;
  const auto capped = cap > 0 ? (all.scores / cap).tanh() * cap : all.scores;
  constexpr double kHidden = -std::numeric_limits<double>::infinity();
  all.pattern = capped.masked_fill(all.seen.logical_not(), kHidden).softmax(-1);
  return all;
}

ExactRows picked(const ExactRows& all, const at::Tensor& indices) {
  const auto of = [&](const at::Tensor& x, int64_t dim) {
    return x.defined() ? x.index_select(dim, indices) : x;
  };
  return {of(all.rows, 0),
          of(all.seen, 0),
          {of(all.query.real, 1), of(all.query.imaginary, 1), of(all.query.tail, 1)},
          all.key,
          of(all.bias, 1),
          of(all.scores, 1),
          of(all.pattern, 1)};
}

}  // namespace ww
