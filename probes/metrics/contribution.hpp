// contribution.hpp: what each frequency adds to the scores and to the pattern.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: covariance_share with _rest, fisher, and the effective numbers of frequencies of both.
/// Throws MetricError where the shares of a head do not sum to 1.
void write_contribution(const MetricInput& input, ProbeFile& file);

}  // namespace ww
