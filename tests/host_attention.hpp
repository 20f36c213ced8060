// host_attention.hpp: the CUDA attention kernels on the host.
#pragma once

#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/launchers.hpp"

namespace ww::test {

/// As attention_forward() and attention_backward(), checks included.
void host_forward(const kernels::cuda::DeviceAttention& a);
void host_backward(const kernels::cuda::DeviceAttention& a,
                   const kernels::cuda::DeviceAttentionGradients& g);

/// The two as whoever calls the kernels takes them.
inline constexpr kernels::cuda::Launchers kHostLaunchers{
    [](const kernels::cuda::DeviceAttention& a, kernels::cuda::DeviceStream) { host_forward(a); },
    [](const kernels::cuda::DeviceAttention& a,
       const kernels::cuda::DeviceAttentionGradients& g,
       kernels::cuda::DeviceStream) { host_backward(a, g); }};

/// Both, over a problem's buffers.
void solve(kernels::cuda::AttentionProblem& problem);

}  // namespace ww::test
