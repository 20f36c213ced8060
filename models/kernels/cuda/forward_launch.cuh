// forward_launch.cuh: which forward kernel for which sizes. forward_of is instantiated once for
// each kind: by a .cu for GPUs, by the tests for the host.
#pragma once

#include "models/kernels/cuda/forward.cuh"
#include "models/kernels/cuda/launch.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

template <Kind kind, Element element>
void launch_forward(const DeviceAttention& a, DeviceStream stream) {
  with_width(a.D, [&](auto width) {
    constexpr int D = decltype(width)::value;
    launch("attention forward",
           forward_kernel<kind, element, D>,
           grid_of(blocks_of(a.Tq) * a.H, a.B),
           kThreads,
           forward_bytes<kind, D>(a.delta != nullptr),
           stream,
           a);
  });
}

template <Kind kind>
void forward_of(const DeviceAttention& a, DeviceStream stream) {
  if (a.element == Element::bfloat16) return launch_forward<kind, Element::bfloat16>(a, stream);
  launch_forward<kind, Element::float16>(a, stream);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
