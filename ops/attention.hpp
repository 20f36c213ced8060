// attention.hpp: attention on the CPU kernels as functions of tensors, what operators.cpp gives to
// Python. The maths is models/kernels/attention.hpp's.
//
// query [B, H, R, D], key and value [B, Hk, T, D], float32, features side by side; D is a multiple
// of 16. Row r stands at place r + T - R. Query head h reads key head h / (H / Hk).
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
  at::Tensor output, lse;  // [B, H, R, D]; [B, H, R], nats
};

/// Gradients of query, key, value and phase, the last undefined where there is none.
struct AttendedBack {
  at::Tensor query, key, value, phase;
};

/// Throws c10::Error, a RuntimeError in Python, with a sentence for tensors that don't fit.
Attended attend(const at::Tensor& query,
                const at::Tensor& key,
                const at::Tensor& value,
                const Turning& turning);
AttendedBack attend_back(const at::Tensor& gradient,
                         const Attended& forward,
                         const at::Tensor& query,
                         const at::Tensor& key,
                         const at::Tensor& value,
                         const Turning& turning);

}  // namespace ww::ops
