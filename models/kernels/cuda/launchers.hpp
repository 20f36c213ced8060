// launchers.hpp: the attention kernels as two functions that can be handed on: a GPU's, or the same
// source's on the host.
#pragma once

#include "models/kernels/cuda/attention.hpp"

namespace ww::kernels::cuda {

struct Launchers {
  void (*forward)(const DeviceAttention&, DeviceStream);
  void (*backward)(const DeviceAttention&, const DeviceAttentionGradients&, DeviceStream);
};

inline constexpr Launchers kLaunchers{attention_forward, attention_backward};

}  // namespace ww::kernels::cuda
