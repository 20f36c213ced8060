// price.hpp: the price of the entanglement of what and where, as an ablated file has it.
#pragma once

#include <optional>

#include "plots/findings/usage_shares.hpp"

namespace ww {

struct Price {
  size_t row = 0;       // of `unshift` among the interventions
  Measured change{};    // of the loss with `unshift` in all layers, nats per prediction
  int64_t offsets = 0;  // curves are averaged over 0 to one less; 0 unknown
};

/// None where the file has no `unshift` over all layers.
std::optional<Price> price_of(const NamedProbe& probe);

}  // namespace ww
