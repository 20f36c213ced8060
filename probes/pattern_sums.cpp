#include "probes/pattern_sums.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <numbers>

#include "probes/rotated.hpp"

namespace ww {

namespace {

void add_wide(at::Tensor& sum, const at::Tensor& term) {
  const auto wide = term.to(at::kDouble).to(at::kCPU);
  sum = sum.defined() ? sum + wide : wide;
}

/// Which keys each row sees: [R, T], bool.
at::Tensor seen_keys(const at::Tensor& rows, int64_t T, int64_t window) {
  const auto distance = rows.unsqueeze(1) - at::arange(T, rows.options());
  const auto causal = distance >= 0;
  return window > 0 ? causal & (distance < window) : causal;
}

/// Scores of some rows, what is taken of them, and the chunks behind them.
struct Rows {
  at::Tensor centred;  // [H, R, T]: scores less their mean over seen keys; 0 where unseen
  at::Tensor pattern;  // [H, R, T]
  at::Tensor squared;  // [H, R, T]: what second moments weigh with; the pattern unless capped
  at::Tensor count;    // [R], seen keys
  at::Tensor bias;     // [H, R, T], what scores hold beside products; undefined: nothing
  Rotated query, key;  // of the rows; of every key, key heads spread over query heads
};

Rows rows_of(const AttentionView& view, const ScoreSlab& slab, const at::Tensor& local) {
  const auto T = view.k.size(1), H = view.q.size(0);
  const auto rows = local + slab.first_row;
  const auto seen = seen_keys(rows, T, view.rule.window);
  Rows r;
  const auto scores = slab.scores.index_select(1, local);
  r.count = seen.sum(1).to(scores.scalar_type());
  const auto kept = at::where(seen, scores, at::zeros({}, scores.options()));
  const auto mean = kept.sum(-1, true) / r.count.unsqueeze(-1);
  r.centred = at::where(seen, scores - mean, at::zeros({}, scores.options()));
  r.pattern = slab.pattern.index_select(1, local);
  r.squared = r.pattern;
  if (view.rule.cap > 0) {
    const auto u = 1 - (scores / view.rule.cap).tanh().pow(2);
    r.squared = r.pattern * u * u;
    r.pattern = r.pattern * u;
  }
  const auto bias = view.encoding->bias(at::arange(T));
  if (bias.defined()) r.bias = bias.to(scores.options()).index_select(1, rows);
  r.query = rotated(*view.encoding, Side::query, view.q.index_select(1, rows), rows);
  r.key = spread(rotated(*view.encoding, Side::key, view.k, at::arange(T)), H);
  return r;
}

/// kappa Re(conj(zq) (weights Zk)_c) of each row: [H, R, F].
at::Tensor weighed(const at::Tensor& weights, const Rotated& q, const Rotated& k, double kappa) {
  const auto F = q.real.size(-1);
  const auto sums = weights.matmul(at::cat({k.real, k.imaginary}, -1));
  return (q.real * sums.narrow(-1, 0, F) + q.imaginary * sums.narrow(-1, F, F)) * kappa;
}

/// Sum_s weights a^(c)^2 of each row: [H, R, F].
at::Tensor weighed_squares(const at::Tensor& weights,
                           const Rotated& q,
                           const Rotated& k,
                           double kappa) {
  const auto F = q.real.size(-1);
  const auto kx = k.real * k.real - k.imaginary * k.imaginary, ky = k.real * k.imaginary * 2;
  const auto size = k.real * k.real + k.imaginary * k.imaginary;
  const auto sums = weights.matmul(at::cat({size, kx, ky}, -1));
  const auto qx = q.real * q.real - q.imaginary * q.imaginary, qy = q.real * q.imaginary * 2;
  const auto q_size = q.real * q.real + q.imaginary * q.imaginary;
  return (q_size * sums.narrow(-1, 0, F) + qx * sums.narrow(-1, F, F) +
          qy * sums.narrow(-1, 2 * F, F)) *
         (kappa * kappa / 2);
}

void add_covariances(PatternSums& sums, const AttentionView& view, const Rows& r) {
  const double kappa = view.rule.scale * std::pow(view.encoding->factor(), 2);
  const auto each = r.count.unsqueeze(-1);  // [R, 1]
  add_wide(sums.covariance, (weighed(r.centred, r.query, r.key, kappa) / each).sum(1));
  add_wide(sums.variance, ((r.centred * r.centred).sum(-1) / r.count).sum(1));
  auto rest = at::zeros_like(r.centred.select(-1, 0));  // [H, R]
  if (r.query.tail.defined()) {
    rest = rest + (r.query.tail * r.centred.matmul(r.key.tail)).sum(-1) * view.rule.scale;
  }
  if (r.bias.defined()) rest = rest + (r.centred * r.bias).sum(-1);
  add_wide(sums.covariance_rest, (rest / r.count).sum(1));
  const auto mean = weighed(r.pattern, r.query, r.key, kappa);
  const auto square = weighed_squares(r.squared, r.query, r.key, kappa);
  add_wide(sums.fisher, ((square - mean * mean).clamp_min(0) / 2).sum(1));
  sums.rows += r.count.size(0);
}

/// Mean attention at an offset: entry (t, t - lag) of each row.
void add_slash(PatternSums& sums, const ScoreSlab& slab, int64_t from, int64_t count) {
  const auto H = slab.pattern.size(0);
  std::vector<at::Tensor> columns;
  for (size_t i = 0; i < sums.lags.size(); ++i) {
    const auto lag = sums.lags[i];
    const auto first = std::max(from, lag), rows = from + count - first;
    if (rows <= 0) {
      columns.push_back(at::zeros({H}, slab.pattern.options()));
      continue;
    }
    const auto part =
        slab.pattern.narrow(1, first - slab.first_row, rows).narrow(2, first - lag, rows);
    columns.push_back(part.diagonal(0, 1, 2).sum(-1));
    sums.rows_of_lag[i] += rows;
  }
  add_wide(sums.slash, at::stack(columns, 1));
}

void add_attention(PatternSums& sums, const AttentionView& view, const ScoreSlab& slab) {
  const auto from = std::max<int64_t>(slab.first_row, 1);  // row 0 sees only itself
  const auto count = slab.first_row + slab.pattern.size(1) - from;
  if (count <= 0) return;
  const auto p = slab.pattern.narrow(1, from - slab.first_row, count);
  auto seen = at::arange(from + 1, from + count + 1, p.options());
  if (view.rule.window > 0) seen = seen.clamp_max(static_cast<double>(view.rule.window));
  add_wide(sums.sink, p.select(2, 0).sum(1));
  const auto log_seen = seen.log();  // 0 only where a window of one token sees one key
  const auto entropy = -at::xlogy(p, p).sum(-1) / log_seen;
  add_wide(sums.entropy, at::where(log_seen > 0, entropy, at::zeros_like(entropy)).sum(1));
  sums.pattern_rows += count;
  add_slash(sums, slab, from, count);
}

}  // namespace

void add_rows(PatternSums& sums, const AttentionView& view, const ScoreSlab& slab, int64_t stride) {
  add_attention(sums, view, slab);
  const auto last = slab.first_row + slab.scores.size(1);
  const auto first = std::max<int64_t>(slab.first_row, 1);
  const auto start = (first + stride - 1) / stride * stride;  // rows are multiples of the stride
  if (start >= last) return;
  const auto local = at::arange(start, last, stride, at::kLong) - slab.first_row;
  add_covariances(sums, view, rows_of(view, slab, local.to(slab.scores.device())));
}

std::vector<int64_t> curve_lags(int64_t longest) {
  std::vector<int64_t> lags;
  double next = 64;
  for (int64_t lag = 0; lag < longest;) {
    lags.push_back(lag);
    if (lag < 63) {
      ++lag;
      continue;
    }
    lag = std::llround(next);
    next *= std::pow(2, 0.2);
  }
  return lags;
}

}  // namespace ww
