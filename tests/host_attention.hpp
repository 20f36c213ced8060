// host_attention.hpp: the CUDA attention kernels on the host.
#pragma once

#include "models/kernels/cuda/check/problem.hpp"

namespace ww::test {

/// As attention_forward() and attention_backward(), checks included.
void host_forward(const kernels::cuda::DeviceAttention& a);
void host_backward(const kernels::cuda::DeviceAttention& a,
                   const kernels::cuda::DeviceAttentionGradients& g);

/// Both, over a problem's buffers.
void solve(kernels::cuda::AttentionProblem& problem);

}  // namespace ww::test
