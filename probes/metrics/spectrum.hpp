// spectrum.hpp: the frequency entropy of the norms along a text.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: frequency_entropy_query, frequency_entropy_key; NaN where no window is long enough or
/// the norm never varies.
void write_spectrum(const MetricInput& input, ProbeFile& file);

}  // namespace ww
