#include "probes/metrics/phases.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/hypot.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

/// |E z^2| / E|z|^2 of one side: [G, F].
at::Tensor axis_of(const std::vector<UsageSums>& texts, Averaging averaging) {
  const auto square = at::hypot(mean_of(texts, &UsageSums::real_square, averaging),
                                mean_of(texts, &UsageSums::imaginary_square, averaging));
  return square / mean_of(texts, &UsageSums::square, averaging);
}

at::Tensor quadrature_axis(const MetricInput& input, int64_t layer) {
  const auto& sums = input.statistics.layers[static_cast<size_t>(layer)];
  const auto query = axis_of(sums.query, input.averaging);
  const auto key = for_queries(axis_of(sums.key, input.averaging), query.size(0));
  return (1 - query * key) / 2;
}

/// How far offsets 0 .. L - 1 spread a chunk's phase: 0 not at all, 1 evenly.
at::Tensor leverage(const at::Tensor& theta, double L) {
  const auto mean = ((theta * (L / 2)).sin() / ((theta / 2).sin() * L)).abs();
  return at::where(theta == 0, at::zeros_like(theta), 1 - mean);
}

}  // namespace

void write_phases(const MetricInput& input, ProbeFile& file) {
  const auto w = by_layer(input, [&](int64_t l) { return usage_weights(input, l); });
  const auto R = by_layer(input, [&](int64_t l) { return resultants(input, l); });
  const auto turned = leverage(frequencies(input.model),
                               static_cast<double>(input.statistics.longest));  // [L, F]
  const auto E = (w * (1 - R) * turned.unsqueeze(1)).sum(-1) / w.sum(-1);
  file.variables["metrics/resultant"] = to_array({"layer", "head", "frequency"}, R);
  file.variables["metrics/leverage"] = to_array({"layer", "frequency"}, turned);
  file.variables["metrics/entanglement"] = to_array({"layer", "head"}, E);
  file.variables["metrics/quadrature_axis"] =
      to_array({"layer", "head", "frequency"},
               by_layer(input, [&](int64_t l) { return quadrature_axis(input, l); }));
}

}  // namespace ww
