// shapes.hpp: what comes back of a call whose tensors hold no numbers: those on meta, and those
// with which torch.compile follows a program.
#pragma once

#include "ops/call.hpp"

namespace ww::ops {

/// cpu_attention.hpp's functions, of any device's types, without their work. Throws c10::Error
/// where no device's kernels would take such tensors. Sizes that torch.compile leaves open are not
/// looked at.
Attend attended_shapes;
AttendBack attended_back_shapes;

}  // namespace ww::ops
