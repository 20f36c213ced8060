// device_attention.hpp: cpu_attention.hpp's functions on a GPU's kernels.
//
// As there, but query, key and value are bfloat16 or float16, all of one type, and D is 32, 64, 96
// or 128. All tensors lie on query's device; tables, phases and lse are float32. Nothing waits for
// the GPU.
#pragma once

#include "models/kernels/cuda/launchers.hpp"
#include "ops/call.hpp"

namespace ww::ops {

Attended attend_on_device(const kernels::cuda::Launchers& launchers,
                          const at::Tensor& query,
                          const at::Tensor& key,
                          const at::Tensor& value,
                          const Turning& turning);
AttendedBack attend_back_on_device(const kernels::cuda::Launchers& launchers,
                                   const at::Tensor& gradient,
                                   const Attended& forward,
                                   const at::Tensor& query,
                                   const at::Tensor& key,
                                   const at::Tensor& value,
                                   const Turning& turning);

}  // namespace ww::ops
