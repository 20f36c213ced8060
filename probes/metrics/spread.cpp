#include "probes/metrics/spread.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros_like.h>

#include <limits>
#include <numbers>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

/// 0 where all weights are equal, (F - 1) / F where one has everything.
at::Tensor gini(const at::Tensor& weights) {
  const auto F = weights.size(-1);
  const auto sorted = std::get<0>(weights.sort(-1));
  const auto rank = at::arange(1, F + 1, weights.options());
  const auto n = static_cast<double>(F);
  return (sorted * rank).sum(-1) * 2 / (sorted.sum(-1) * n) - (n + 1) / n;
}

struct Moments2 {
  at::Tensor mean, deviation;
};

/// Of ln(wavelength / token) under the weights, chunks that never turn left out.
Moments2 log_wavelength(const at::Tensor& weights, const at::Tensor& theta) {
  const auto turns = theta > 0;
  const auto x = at::where(turns, (2 * std::numbers::pi / theta).log(), at::zeros_like(theta));
  const auto w = weights * turns;
  const auto mean = (w * x).sum(-1) / w.sum(-1);
  const auto off = x - mean.unsqueeze(-1);
  return {mean, ((w * off * off).sum(-1) / w.sum(-1)).sqrt()};
}

}  // namespace

void write_spread(const MetricInput& input, ProbeFile& file) {
  const auto w = by_layer(input, [&](int64_t l) { return usage_weights(input, l); });  // [L, H, F]
  const auto theta = frequencies(input.model).unsqueeze(1);                            // [L, 1, F]
  const auto p = w / w.sum(-1, true);
  const auto put = [&](const char* name, const at::Tensor& values) {
    file.variables[name] = to_array({"layer", "head"}, values);
  };
  put("metrics/eff_freqs_norm", participation_ratio(w));
  put("metrics/eff_freqs_entropy", (-at::xlogy(p, p).sum(-1)).exp());
  put("metrics/gini", gini(w));
  const auto waves = log_wavelength(w, theta);
  put("metrics/wavelength_centroid", waves.mean);
  put("metrics/wavelength_spread", waves.deviation);
  const auto train = static_cast<double>(input.train_length);
  const auto beyond = (p * (theta * train < 2 * std::numbers::pi)).sum(-1);
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  put("metrics/share_beyond_train", train > 0 ? beyond : at::full_like(beyond, unknown));
}

}  // namespace ww
