// gates.hpp: the slope of the loss along a gate of 1 on each chunk's contribution, from one
// backward pass: its negative is, to first order, what `zero` would cost.
#pragma once

#include "probes/walk.hpp"

namespace ww {

/// dLoss/dgate of every layer, head and chunk: [L, H, F], nats per prediction. Pairs with position
/// 0 have no gate.
at::Tensor gate_gradient(const Decoder& model, const Inputs& inputs);

}  // namespace ww
