// backward_launch.cuh: which backward kernel for which sizes, as in forward_launch.cuh.
#pragma once

#include "models/kernels/cuda/backward_kernel.cuh"
#include "models/kernels/cuda/launch.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

template <Kind kind, Element element>
void launch_backward(const DeviceAttention& a,
                     const DeviceAttentionGradients& g,
                     DeviceStream stream) {
  with_width(a.D, [&](auto width) {
    constexpr int D = decltype(width)::value;
    launch("attention backward",
           backward_kernel<kind, element, D>,
           grid_of(blocks_of(a.Tk) * a.Hk + blocks_of(a.Tq) * a.H, a.B),
           kThreads,
           BackwardTiles<kind, D>::bytes(a.delta != nullptr),
           stream,
           a,
           g);
  });
}

template <Kind kind>
void backward_of(const DeviceAttention& a, const DeviceAttentionGradients& g, DeviceStream stream) {
  if (a.element == Element::bfloat16) {
    launch_backward<kind, Element::bfloat16>(a, g, stream);
  } else {
    launch_backward<kind, Element::float16>(a, g, stream);
  }
  if (a.delta == nullptr) return;
  const dim3 grid = grid_of((a.Hk * a.D + kThreads - 1) / kThreads, 1);
  launch("sum of delta's gradient", add_parts_kernel, grid, kThreads, 0, stream, a, g);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
