#include "probes/metrics/loss.hpp"

namespace ww {

void write_loss(const MetricInput& input, ProbeFile& file) {
  const auto& losses = input.statistics.losses;
  Array means{{"text"}, {losses.size()}, {}};
  for (const auto& text : losses) means.values.push_back(text.mean());
  file.variables["loss"] = std::move(means);
}

}  // namespace ww
