// device_attention.hpp: softmax attention on a GPU's kernels, as a function of autograd, for
// training whose products are bfloat16. Its twin is the composition in models/attention.cpp, which
// keeps float32 where the kernels round turned queries, turned keys and patterns to bfloat16.
#pragma once

#include <optional>
#include <string>

#include "models/fused/call.hpp"
#include "models/kernels/cuda/launchers.hpp"

namespace ww {

/// All that decides whether the kernels can stand for the composition.
struct DeviceCase {
  at::ScalarType type = at::kBFloat16;  // of queries, keys and values
  int64_t head_width = 64;              // D
  std::optional<Rotation> rotation = Rotation{};
  double cap = 0;
  bool bias_learns = false;  // a gradient of the score bias is wanted
  bool mask_lacks = false;   // the text is too long for the mask that it would need
};

/// Why the kernels can't, in words; empty where they can.
std::string device_obstacle(const DeviceCase& asked);
/// The same of one call.
std::string device_obstacle(const AttentionCall& call);

/// Of what device_obstacle() finds nothing against. [B, H, R, D], bfloat16, on the current stream
/// of the input's device.
at::Tensor device_attention(const kernels::cuda::Launchers& launchers, const AttentionCall& call);

}  // namespace ww
