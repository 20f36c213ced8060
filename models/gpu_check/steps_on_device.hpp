// steps_on_device.hpp: training steps on a GPU, queued operator by operator and replayed as graphs,
// alone and summed over one process.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/encoding.hpp"
#include "models/queued_steps.hpp"

namespace ww {

/// What a few steps of a small model left, on the GPU.
struct StepsOnDevice {
  at::Tensor parameters, first, second;  // [N]; AdamW's moments
  QueuedSteps::Sums sums;
  bool operator==(const StepsOnDevice& other) const;  // to the bit
};

/// Whether steps with this encoding can be replayed here.
bool can_replay(const EncodingRow& encoding);
/// Blocks' products are of `type`, attention on what a run of that type takes. `summed`: each step
/// ends with NCCL's sum over this process alone, which is to change nothing.
StepsOnDevice steps_on_device(const EncodingRow& encoding,
                              at::ScalarType type,
                              bool replayed,
                              bool summed = false);

}  // namespace ww
