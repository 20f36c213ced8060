// acted.hpp: what interventions act on: the chunks of an encoding or, where it has no frequencies,
// each feature as a chunk that never turns.
#pragma once

#include "models/decoder.hpp"

namespace ww {

/// The chunks themselves, or all features x as x + 0i: [.., T, F] or [.., T, D].
Chunks acted_on(Chunks chunks);
/// Their frequencies, rad/token: 0 for features. [F] or [D], float64 on the CPU.
at::Tensor acted_theta(const Decoder& model, int64_t layer);

}  // namespace ww
