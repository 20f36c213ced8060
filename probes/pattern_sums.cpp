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

#include "probes/exact_rows.hpp"

namespace ww {

namespace {

void add_wide(at::Tensor& sum, const at::Tensor& term) {
  const auto wide = term.to(at::kDouble).to(at::kCPU);
  sum = sum.defined() ? sum + wide : wide;
}

/// Rows of scores, what is taken of them, and the chunks behind them; float64.
struct Rows {
  at::Tensor centred;  // [H, R, T]: scores less their mean over seen keys; 0 where unseen
  at::Tensor pattern;  // [H, R, T]
  at::Tensor slope;    // [H, R, T], of the soft cap; undefined: 1
  at::Tensor count;    // [R], seen keys
  at::Tensor bias;     // [H, R, T], what scores hold beside products; undefined: nothing
  Rotated query, key;  // of the rows; of every key, key heads spread over query heads
};

Rows rows_of(const AttentionView& view, const ExactRows& exact) {
  Rows r;
  r.count = exact.seen.sum(1).to(at::kDouble);
  const auto none = at::zeros({}, exact.scores.options());
  const auto kept = at::where(exact.seen, exact.scores, none);
  const auto mean = kept.sum(-1, true) / r.count.unsqueeze(-1);
  r.centred = at::where(exact.seen, exact.scores - mean, none);
  r.pattern = exact.pattern;
  if (view.rule.cap > 0) r.slope = 1 - (exact.scores / view.rule.cap).tanh().pow(2);
  r.bias = exact.bias;
  r.query = exact.query;
  r.key = spread(exact.key, view.q.size(0));
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

/// Var_{s ~ p_t}(slope a^(c)) summed over the rows, of one head and chunk: its scores are formed
/// and centred one by one.
double pairwise_variance(const Rows& r, double kappa, int64_t head, int64_t chunk) {
  const auto of = [&](const at::Tensor& x) { return x[head].select(-1, chunk); };
  auto effect =
      (of(r.query.real).outer(of(r.key.real)) + of(r.query.imaginary).outer(of(r.key.imaginary))) *
      kappa;  // [R, T]
  if (r.slope.defined()) effect = effect * r.slope[head];
  const auto p = r.pattern[head];
  const auto off = effect - (p * effect).sum(-1, true);
  return (p * off * off).sum().item<double>();
}

/// Sum over rows of Var_{s ~ p_t}(slope a^(c)): [H, F], on the CPU. As a mean square less a squared
/// mean, by matrix products; pair by pair where these agree in too many places.
at::Tensor variances(const Rows& r, double kappa) {
  constexpr double kTooClose = 1e-8;  // of the mean square: what is left has half of its places
  const auto weights = r.slope.defined() ? r.pattern * r.slope : r.pattern;
  const auto mean = weighed(weights, r.query, r.key, kappa);
  const auto square =
      weighed_squares(r.slope.defined() ? weights * r.slope : weights, r.query, r.key, kappa);
  auto sum = (square - mean * mean).sum(1).cpu().contiguous();
  const auto close = (sum < square.sum(1).cpu() * kTooClose).nonzero();  // [n, 2]
  for (int64_t i = 0; i < close.size(0); ++i) {
    const auto head = close[i][0].item<int64_t>(), chunk = close[i][1].item<int64_t>();
    sum[head][chunk] = pairwise_variance(r, kappa, head, chunk);
  }
  return sum;
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
  add_wide(sums.fisher, variances(r, kappa) / 2);
  sums.rows += r.count.size(0);
}

/// Mean attention at an offset: entry (t, t - lag) of each of the rows from `first` on.
void add_slash(PatternSums& sums, const at::Tensor& pattern, int64_t first) {
  const auto H = pattern.size(0), last = first + pattern.size(1);
  std::vector<at::Tensor> columns;
  for (size_t i = 0; i < sums.lags.size(); ++i) {
    const auto lag = sums.lags[i];
    const auto from = std::max(first, lag), rows = last - from;
    if (rows <= 0) {
      columns.push_back(at::zeros({H}, pattern.options()));
      continue;
    }
    const auto part = pattern.narrow(1, from - first, rows).narrow(2, from - lag, rows);
    columns.push_back(part.diagonal(0, 1, 2).sum(-1));
    sums.rows_of_lag[i] += rows;
  }
  add_wide(sums.slash, at::stack(columns, 1));
}

void add_attention(PatternSums& sums, const AttentionView& view, const ExactRows& exact) {
  const auto& p = exact.pattern;
  auto seen = exact.rows.to(at::kDouble) + 1;
  if (view.rule.window > 0) seen = seen.clamp_max(static_cast<double>(view.rule.window));
  add_wide(sums.sink, p.select(2, 0).sum(1));
  const auto log_seen = seen.log();  // 0 only where a window of one token sees one key
  const auto entropy = -at::xlogy(p, p).sum(-1) / log_seen;
  add_wide(sums.entropy, at::where(log_seen > 0, entropy, at::zeros_like(entropy)).sum(1));
  sums.pattern_rows += p.size(1);
  add_slash(sums, p, exact.rows[0].item<int64_t>());
}

}  // namespace

void add_rows(PatternSums& sums, const AttentionView& view, const ScoreSlab& slab, int64_t stride) {
  const auto last = slab.first_row + slab.scores.size(1);
  const auto first = std::max<int64_t>(slab.first_row, 1);  // row 0 sees only itself
  if (first >= last) return;
  const auto exact = exact_rows(view, at::arange(first, last, at::kLong));
  add_attention(sums, view, exact);
  const auto start = (first + stride - 1) / stride * stride;  // rows are multiples of the stride
  if (start >= last) return;
  const auto local = at::arange(start, last, stride, at::kLong) - first;
  add_covariances(sums, view, rows_of(view, picked(exact, local.to(slab.scores.device()))));
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
