// offsets.hpp: at which distance chunks and heads score most, contents paired freely.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: preferred_offset psi / theta and its spread sqrt(-2 ln R) / theta, the mean kernel
/// over lags, and of up to 512 pairs of sampled contents the offset that scores most (median,
/// quartile range, entropy), how much of |g| is against the mean phase, and the effective rank of
/// scores (participation ratio of squared singular values over pairs and offsets).
void write_offsets(const MetricInput& input, ProbeFile& file);

}  // namespace ww
