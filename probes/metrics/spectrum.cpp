#include "probes/metrics/spectrum.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>

#include <limits>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

void write_spectrum(const MetricInput& input, ProbeFile& file) {
  const auto mean = [&](SpectrumSums LayerStatistics::*side, auto texts) {
    return by_layer(input, [&](int64_t l) {
      const auto& layer = input.statistics.layers[static_cast<size_t>(l)];
      const auto& sums = layer.*side;
      if (sums.entropy.defined()) return sums.entropy / sums.windows;  // 0 / 0 is NaN: nowhere
      const auto& like = (layer.*texts).front().first;
      return at::full_like(like, std::numeric_limits<double>::quiet_NaN());
    });
  };
  file.variables["metrics/frequency_entropy_query"] =
      to_array({"layer", "head", "frequency"},
               mean(&LayerStatistics::query_spectrum, &LayerStatistics::query));
  file.variables["metrics/frequency_entropy_key"] =
      to_array({"layer", "kv_head", "frequency"},
               mean(&LayerStatistics::key_spectrum, &LayerStatistics::key));
}

}  // namespace ww
