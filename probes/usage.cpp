#include "probes/usage.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <limits>

namespace ww {

namespace {

void accumulate(at::Tensor& sum, const at::Tensor& term) {
  sum = sum.defined() ? sum + term : term;
}

/// [N, ..] over texts: each text's sum, and its tokens.
std::pair<at::Tensor, at::Tensor> stacked(const std::vector<UsageSums>& texts,
                                          at::Tensor UsageSums::*field) {
  std::vector<at::Tensor> sums, counts;
  for (const auto& text : texts) {
    sums.push_back(text.*field);
    counts.push_back(at::full_like(text.*field, static_cast<double>(text.tokens)));
  }
  return {at::stack(sums), at::stack(counts)};
}

}  // namespace

void add_window(UsageSums& sums, const Chunks& chunks, bool include_first) {
  const auto real = chunks.real.to(at::kDouble).cpu();            // [H, T, F]
  const auto imaginary = chunks.imaginary.to(at::kDouble).cpu();  // [H, T, F]
  const auto norm = (real * real + imaginary * imaginary).sqrt();
  const int64_t T = norm.size(1), from = include_first ? 0 : 1;
  accumulate(sums.first, norm.select(1, 0));
  ++sums.windows;
  if (T == from) return;
  const auto body = [&](const at::Tensor& x) { return x.narrow(1, from, T - from); };
  const auto n = body(norm), x = body(real), y = body(imaginary);
  sums.tokens += T - from;
  accumulate(sums.norm, n.sum(1));
  accumulate(sums.square, (n * n).sum(1));
  const auto largest = n.amax(1);
  sums.largest = sums.largest.defined() ? at::maximum(sums.largest, largest) : largest;
  accumulate(sums.real, x.sum(1));
  accumulate(sums.imaginary, y.sum(1));
  accumulate(sums.real_square, (x * x - y * y).sum(1));
  accumulate(sums.imaginary_square, (2 * x * y).sum(1));
  if (chunks.tail.defined()) {
    const auto rest = body(chunks.tail.to(at::kDouble).cpu());
    accumulate(sums.tail, rest.norm(2, -1).sum(1));
    accumulate(sums.tail_sum, rest.sum(1));
    accumulate(sums.tail_size, rest.abs().sum(1));
  }
}

at::Tensor mean_of(const std::vector<UsageSums>& texts,
                   at::Tensor UsageSums::*field,
                   Averaging averaging) {
  const auto [sums, counts] = stacked(texts, field);
  if (averaging == Averaging::macro) return (sums / counts).mean(0);
  return sums.sum(0) / counts.sum(0);
}

at::Tensor mean_norm(const std::vector<UsageSums>& texts, Averaging averaging) {
  return mean_of(texts, &UsageSums::norm, averaging);
}

at::Tensor jackknife_error(const at::Tensor& left_out) {
  const auto n = static_cast<double>(left_out.size(0));
  if (n < 2) return at::full_like(left_out[0], std::numeric_limits<double>::quiet_NaN());
  return ((left_out - left_out.mean(0)).pow(2).sum(0) * ((n - 1) / n)).sqrt();
}

Estimate layer_norm_estimate(const std::vector<UsageSums>& texts, Averaging averaging) {
  const auto [norms, counts] = stacked(texts, &UsageSums::norm);
  const auto n = norms.size(0);
  at::Tensor left_out;  // [N, H, F]: the mean without each text in turn
  if (averaging == Averaging::macro) {
    const auto means = norms / counts;
    left_out = (means.sum(0) - means) / static_cast<double>(n - 1);
  } else {
    left_out = (norms.sum(0) - norms) / (counts.sum(0) - counts);
  }
  return {mean_norm(texts, averaging).mean(0), jackknife_error(left_out.mean(1))};
}

}  // namespace ww
