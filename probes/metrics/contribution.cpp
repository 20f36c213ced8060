#include "probes/metrics/contribution.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

constexpr double kShareLimit = 1e-4;

/// Shares are of sums formed apart from the whole: that they add up shows nothing was left out.
void check_sums(const at::Tensor& share, const at::Tensor& rest) {
  const auto off = (share.sum(-1) + rest - 1).abs();  // [L, H]
  const auto worst = off.max().item<double>();
  if (worst <= kShareLimit) return;
  throw MetricError(
      fmt::format("layer {}: the frequencies' shares of the scores miss 1 by {:.2g} (limit {:.0e})",
                  off.argmax().item<int64_t>() / off.size(1),
                  worst,
                  kShareLimit));
}

}  // namespace

void write_contribution(const MetricInput& input, ProbeFile& file) {
  const auto of = [&](auto f) {
    return by_layer(input,
                    [&](int64_t l) { return f(input.statistics.layers[size_t(l)].pattern); });
  };
  const auto share =
      of([](const PatternSums& p) { return p.covariance / p.variance.unsqueeze(-1); });
  const auto rest = of([](const PatternSums& p) { return p.covariance_rest / p.variance; });
  const auto fisher =
      of([](const PatternSums& p) { return p.fisher / static_cast<double>(p.rows); });
  check_sums(share, rest);
  const std::vector<std::string> lhf = {"layer", "head", "frequency"}, lh = {"layer", "head"};
  file.variables["metrics/covariance_share"] = to_array(lhf, share);
  file.variables["metrics/covariance_share_rest"] = to_array(lh, rest);
  file.variables["metrics/fisher"] = to_array(lhf, fisher);
  file.variables["metrics/eff_freqs_covariance"] =
      to_array(lh, participation_ratio(share.clamp_min(0)));
  file.variables["metrics/eff_freqs_fisher"] = to_array(lh, participation_ratio(fisher));
}

}  // namespace ww
