// heads.hpp: where heads look: the first position, widely or narrowly, at fixed distances.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: sink_mass, attention_entropy, slash.
void write_heads(const MetricInput& input, ProbeFile& file);

}  // namespace ww
