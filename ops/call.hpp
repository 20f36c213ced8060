// call.hpp: one call of attention in the words of the kernels, and what comes back; the same for
// every device.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace ww::ops {

/// How queries and keys turn, who sees whom.
struct Turning {
  int64_t kind = 0, magnitude = 0;   // of models/kernels/rotation.hpp
  std::optional<at::Tensor> tables;  // cosines, then sines: [2, T, F] or [2, B, T, F], float32;
                                     // F = D / 2 (pairs) or D (polar)
  bool adjacent = false;             // pair c of D / 2 is features 2c, 2c + 1; else c, c + D / 2
  std::optional<at::Tensor> phase;   // [Hk, D], rad, polar: added to the keys' angles
  bool causal = true;                // a row sees the places up to its own
  double scale = 1;                  // of scores
};

struct Attended {
  at::Tensor output, lse;  // [B, H, R, D]; [B, H, R], nats, float32
};

/// Gradients of query, key, value and phase, the last undefined where there is none.
struct AttendedBack {
  at::Tensor query, key, value, phase;
};

/// Of query, key, value.
using Attend = Attended(const at::Tensor&, const at::Tensor&, const at::Tensor&, const Turning&);
/// Of the output's gradient, what came forward, query, key, value.
using AttendBack = AttendedBack(const at::Tensor&,
                                const Attended&,
                                const at::Tensor&,
                                const at::Tensor&,
                                const at::Tensor&,
                                const Turning&);

}  // namespace ww::ops
