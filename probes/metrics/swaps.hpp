// swaps.hpp: whether a head follows places or what stands there.
//
// Two blocks i, j of 16 tokens are exchanged. v = the attention that the last block pays to
// (i, j), v' the same after the exchange:
//
//   s_pos = cos(v', v)             1: attention stays with the place
//   s_sym = cos(v', reversed v)    1: it goes with the content
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// /metrics: s_pos, s_sym, means over up to eight exchanges in the first window of each text; NaN
/// where no text has three blocks after its first token, or the head sees neither block. Runs the
/// model anew.
void write_swaps(const MetricInput& input, ProbeFile& file);

}  // namespace ww
