#include "probes/spectra.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/xlogy.h>

#include <cmath>

namespace ww {

namespace {

// Powers below this share of the norm's own are rounding: the norm is constant.
constexpr double kConstant = 1e-24;

}  // namespace

void add_spectrum(SpectrumSums& sums, const Chunks& chunks, int64_t first) {
  const auto real = chunks.real.to(at::kDouble).cpu(),
             imaginary = chunks.imaginary.to(at::kDouble).cpu();
  const auto N = real.size(1) - first, K = (N - 1) / 2;
  if (K < 2 || real.size(2) == 0) return;
  const auto norm =
      (real * real + imaginary * imaginary).sqrt().narrow(1, first, N).mT();  // [G, F, N]
  const auto power = at::fft_rfft(norm - norm.mean(-1, true)).abs().pow(2).narrow(-1, 1, K);
  const auto total = power.sum(-1);
  const auto varies = total > (norm * norm).sum(-1) * (kConstant * static_cast<double>(N));
  const auto share = power / at::where(varies, total, at::ones_like(total)).unsqueeze(-1);
  const auto entropy = at::xlogy(share, share).sum(-1) / -std::log(static_cast<double>(K)) * varies;
  const auto windows = varies.to(at::kDouble);
  sums.entropy = sums.entropy.defined() ? sums.entropy + entropy : entropy;
  sums.windows = sums.windows.defined() ? sums.windows + windows : windows;
}

}  // namespace ww
