// engine.hpp: what a model computes with.
#pragma once

#include "models/kernels/isa.hpp"

namespace ww {

/// `plain`: tensor operations. `attention`: the same, but attention alone on the CPU kernels where
/// it can. `fused`: all of the model on the CPU kernels.
enum class Compute { plain, attention, fused };

struct Engine {
  Compute compute = Compute::plain;
  kernels::Isa isa = kernels::Isa::plain;
  bool any_length = true;  // fused: strings that overflow the cache too
};

/// "plain", "attention", "fused": as run records say.
const char* compute_name(Compute compute);

}  // namespace ww
