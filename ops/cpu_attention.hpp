// cpu_attention.hpp: attention on the CPU kernels as functions of tensors. The maths is
// models/kernels/attention.hpp's.
//
// query [B, H, R, D], key and value [B, Hk, T, D], float32, features side by side; D is a multiple
// of 16. Row r stands at place r + T - R. Query head h reads key head h / (H / Hk).
#pragma once

#include "ops/call.hpp"

namespace ww::ops {

/// Throws c10::Error, a RuntimeError in Python, with a sentence for tensors that don't fit.
Attend attend;
AttendBack attend_back;

}  // namespace ww::ops
