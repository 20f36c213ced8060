#include "probes/metrics/heads.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

void write_heads(const MetricInput& input, ProbeFile& file) {
  const auto mean = [&](at::Tensor PatternSums::*field) {
    return by_layer(input, [&](int64_t l) {
      const auto& sums = input.statistics.layers[static_cast<size_t>(l)].pattern;
      return sums.*field / static_cast<double>(sums.pattern_rows);
    });
  };
  file.variables["metrics/sink_mass"] = to_array({"layer", "head"}, mean(&PatternSums::sink));
  file.variables["metrics/attention_entropy"] =
      to_array({"layer", "head"}, mean(&PatternSums::entropy));
  const auto slash = by_layer(input, [&](int64_t l) {
    const auto& sums = input.statistics.layers[static_cast<size_t>(l)].pattern;
    return sums.slash / at::tensor(sums.rows_of_lag).to(at::kDouble);
  });
  file.variables["metrics/slash"] = to_array({"layer", "head", "lag"}, slash);
  file.variables["lag"] = coordinate("lag", input.statistics.layers.front().pattern.lags);
}

}  // namespace ww
