#include "models/encodings/alibi.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <bit>
#include <cmath>

#include "base/check.hpp"

namespace ww {

namespace {

/// Slope of head h of n.
double slope(int64_t h, int64_t n) {
  const auto power = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(n)));
  if (h < power) return std::exp2(-8.0 * static_cast<double>(h + 1) / static_cast<double>(power));
  const auto step = 2 * (h - power) + 1;
  return std::exp2(-8.0 * static_cast<double>(step) / static_cast<double>(2 * power));
}

}  // namespace

Alibi::Alibi(const EncodingSetting& setting) {
  const double share = setting.options.alibi_heads;
  check(share > 0 && share <= 1,
        "[alibi] --alibi-heads must be above 0 and at most 1 but got {}",
        share);
  const auto n = std::llround(share * static_cast<double>(setting.heads));
  check(n > 0, "[alibi] --alibi-heads {} of {} heads leaves none", share, setting.heads);
  slope_ = at::zeros({setting.heads, 1, 1});
  for (int64_t h = 0; h < n; ++h) slope_[h].fill_(slope(h, n));
}

at::Tensor Alibi::bias(const at::Tensor& positions) const {
  const auto p = positions.to(at::kFloat);
  const auto distance = p.unsqueeze(-1) - p.unsqueeze(-2);  // [.., T, T], t - s, tokens
  return -slope_ * distance.unsqueeze(-3);
}

std::vector<ParameterSpec> alibi_parameters(const EncodingSetting& setting) {
  (void)Alibi(setting);  // refuses what cannot work before anything is built
  return {};
}

std::unique_ptr<Encoding> make_alibi(const EncodingSetting& setting, const ParameterLookup&) {
  return std::make_unique<Alibi>(setting);
}

}  // namespace ww
