// spread.hpp: over how many frequencies a head spreads its usage w = N_q N_k.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: eff_freqs_norm (sum w)^2 / sum w^2, eff_freqs_entropy exp(-sum p ln p), gini,
/// wavelength_centroid and _spread (of ln wavelength, theta = 0 left out), share_beyond_train (NaN
/// where the training length is unknown).
void write_spread(const MetricInput& input, ProbeFile& file);

}  // namespace ww
