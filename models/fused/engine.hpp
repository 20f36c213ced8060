// engine.hpp: what a model computes with.
#pragma once

#include "models/kernels/isa.hpp"

namespace ww {

namespace kernels::cuda {
struct Launchers;
}

/// `plain`: tensor operations. `library`: the same, but attention alone as LibTorch's one operator
/// where it can. `attention`: that on our own kernels. `fused`: all of the model on the CPU
/// kernels.
enum class Compute { plain, library, attention, fused };

struct Engine {
  Compute compute = Compute::plain;
  kernels::Isa isa = kernels::Isa::plain;
  bool any_length = true;  // fused: strings that overflow the cache too
  /// attention: of a GPU's kernels; null: the CPU's, of the instruction set.
  const kernels::cuda::Launchers* launchers = nullptr;
};

/// "plain", "library", "attention", "fused": as run records say.
const char* compute_name(Compute compute);

}  // namespace ww
