#include "models/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <utility>

namespace ww {

namespace {

/// The rows of a [.., T, X] tensor, or all of them.
at::Tensor pick(const at::Tensor& x, const at::Tensor& rows, int64_t dim) {
  if (!x.defined() || !rows.defined() || x.size(dim) == 1) return x;
  return x.index_select(dim, rows);
}

Turn pick(const Turn& turn, const at::Tensor& rows) {
  return {pick(turn.angle, rows, -2), pick(turn.cosine, rows, -2), pick(turn.sine, rows, -2)};
}

/// Each key head serves H / Hk query heads, neighbours.
at::Tensor spread(const at::Tensor& x, int64_t heads) {
  return x.size(1) == heads ? x : x.repeat_interleave(heads / x.size(1), 1);
}

}  // namespace

Places make_places(at::Tensor positions, const at::Tensor& block, at::TensorOptions options) {
  auto hidden = positions.unsqueeze(-2) > positions.unsqueeze(-1);  // [.., T, T]: the future
  if (block.defined()) {
    const auto seen = block.unsqueeze(0), asking = block.unsqueeze(1);
    hidden = hidden | ((seen != 0) & (seen != asking));
  }
  if (hidden.dim() == 3) hidden = hidden.unsqueeze(1);
  const auto zeros = at::zeros(hidden.sizes(), options.device(at::kCPU));
  const auto mask = zeros.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  return {std::move(positions), mask.to(options.device())};
}

at::Tensor attention(const AttentionInput& input,
                     const Encoding& encoding,
                     const Turn& turn,
                     const Places& places,
                     const Observer& observer,
                     const std::string& site) {
  const auto H = input.q.size(1);
  const auto q = encoding.query(input.q, pick(turn, input.rows));  // [B, H, R, E]
  const auto k = encoding.key(input.k, turn);                      // [B, Hk, T, E]
  const double scale = 1 / std::sqrt(static_cast<double>(input.q.size(-1)));
  auto scores = (q * scale).matmul(spread(k, H).mT());  // [B, H, R, T]
  if (const auto bias = encoding.bias(places.positions); bias.defined()) {
    scores = scores + pick(bias.to(scores.options()), input.rows, -2);
  }
  const auto pattern = (scores + pick(places.visible, input.rows, -2)).softmax(-1);
  if (observer) {
    observer(site + "q", input.q);
    observer(site + "k", input.k);
    observer(site + "v", input.v);
    observer(site + "q_rot", q);
    observer(site + "k_rot", k);
    observer(site + "scores", scores);
    observer(site + "pattern", pattern);
  }
  return pattern.matmul(spread(input.v, H));
}

}  // namespace ww
