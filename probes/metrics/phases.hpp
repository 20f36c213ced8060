// phases.hpp: whether content keeps one phase: only a spread of phases can move a tuning curve.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: resultant R = |E g| / E|g|, leverage 1 - |sin(L theta / 2) / (L sin(theta / 2))| over
/// the longest text L, entanglement sum w (1 - R) leverage / sum w, and the axis form of the
/// quadrature share, 1/2 (1 - |E zq^2| |E zk^2| / (E|zq|^2 E|zk|^2)).
void write_phases(const MetricInput& input, ProbeFile& file);

}  // namespace ww
