#include "probes/usage.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

namespace ww {

namespace {

/// One term of a sum; none where no place was summed.
void accumulate(at::Tensor& sum, const at::Tensor& term) {
  if (term.defined()) sum = sum.defined() ? sum + term : term;
}

/// A window of T tokens; tail [G, T, R] may be undefined.
void add(UsageSums& sums, const WindowUsage& window, const at::Tensor& tail, int64_t T, bool all) {
  for (const auto field : {&WindowUsage::first,
                           &WindowUsage::norm,
                           &WindowUsage::square,
                           &WindowUsage::real,
                           &WindowUsage::imaginary,
                           &WindowUsage::real_square,
                           &WindowUsage::imaginary_square}) {
    accumulate(sums.*field, window.*field);
  }
  ++sums.windows;
  const int64_t from = all ? 0 : 1;
  sums.tokens += T - from;
  if (T == from) return;
  sums.largest =
      sums.largest.defined() ? at::maximum(sums.largest, window.largest) : window.largest;
  if (!tail.defined()) return;
  const auto rest = tail.to(at::kDouble).cpu().narrow(1, from, T - from);
  accumulate(sums.tail, rest.norm(2, -1).sum(1));
  if (window.first.size(-1) > 0) return;
  accumulate(sums.tail_sum, rest.sum(1));
  accumulate(sums.tail_size, rest.abs().sum(1));
}

/// Of N texts each sum, [N, G, F], and its tokens, [N, 1, 1].
std::pair<at::Tensor, at::Tensor> stacked(const std::vector<UsageSums>& texts,
                                          at::Tensor UsageSums::*field) {
  std::vector<at::Tensor> sums;
  std::vector<int64_t> tokens;
  for (const auto& text : texts) {
    sums.push_back(text.*field);
    tokens.push_back(text.tokens);
  }
  return {at::stack(sums), at::tensor(tokens, at::kDouble).view({-1, 1, 1})};
}

}  // namespace

void add_window(UsageSums& sums, const Chunks& chunks, bool include_first) {
  const auto T = chunks.real.size(1);
  add(sums, plain_usage(chunks, include_first), chunks.tail, T, include_first);
}

void add_window(
    UsageSums& sums, const Encoding& encoding, const at::Tensor& x, Side side, bool include_first) {
  const auto found = kernel_usage(encoding, x, side, include_first);
  if (!found) return add_window(sums, chunks_of(encoding, x, side), include_first);
  const auto tail = encoding.polar() ? at::Tensor() : chunks_of(encoding, x, side).tail;  // a view
  add(sums, *found, tail, x.size(1), include_first);
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
