// length.hpp: what of usage turns within the training length, and how far it reaches.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: ood_exposure, the share of w at L_train theta < 2 pi (NaN where the training length is
/// unknown), and horizon, the first offset at which sum w cos(offset theta) < 0 (NaN: none up to
/// 65,536).
void write_length(const MetricInput& input, ProbeFile& file);

}  // namespace ww
