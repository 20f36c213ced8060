// memory.hpp: a piece of memory for kernels that is kept from call to call.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace ww {

class Memory {
 public:
  /// At least `count` floats on a cache line; what they held is lost when the piece grows.
  float* floats(int64_t count) {
    if (!kept_.defined() || kept_.numel() < count) kept_ = at::empty({count}, at::kFloat);
    return kept_.mutable_data_ptr<float>();
  }

 private:
  at::Tensor kept_;
};

}  // namespace ww
