// loss.hpp: what predicting a text costs.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /loss: mean cross-entropy of each text's predictions, nats; NaN for a text of one token.
void write_loss(const MetricInput& input, ProbeFile& file);

}  // namespace ww
