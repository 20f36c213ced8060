// encoding_gates.hpp: what the encodings must show before a comparison of them is believed.
#pragma once

#include "models/run.hpp"
#include "tasks/gates.hpp"

namespace ww {

/// With every token at position 0 and the same weights, an encoding of relative position has
/// nothing to say: rope, nope, alibi, t5 and pope (identity magnitude, no delta) give equal logits.
Gate same_place_gate(const Run& run);

/// PoPE without delta answers most at lag 0 whatever the content (arXiv 2509.10534, Eq. 6), and
/// rope on part of the features equals a loop over its pairs (arXiv 2104.09864, Eq. 34).
Gate kernel_gate(const Run& run);

}  // namespace ww
