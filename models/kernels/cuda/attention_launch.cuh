// attention_launch.cuh: which kernel for which sizes. forward_of and backward_of are instantiated
// once for each kind: by a .cu for GPUs, by the tests for the host.
#pragma once

#include <type_traits>

#include "models/kernels/cuda/backward_kernel.cuh"
#include "models/kernels/cuda/forward.cuh"
#include "models/kernels/cuda/launch.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// Calls `work` with the head width as a constant; widths were checked.
template <typename Work>
void with_width(int64_t D, const Work& work) {
  if (D == 32) work(std::integral_constant<int, 32>{});
  if (D == 64) work(std::integral_constant<int, 64>{});
  if (D == 96) work(std::integral_constant<int, 96>{});
  if (D == 128) work(std::integral_constant<int, 128>{});
}

inline dim3 grid_of(int64_t blocks, int64_t strings) {
  return {static_cast<unsigned>(blocks), static_cast<unsigned>(strings), 1};
}

template <Kind kind, Element element>
void launch_forward(const DeviceAttention& a, Stream stream) {
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

template <Kind kind, Element element>
void launch_backward(const DeviceAttention& a, const DeviceAttentionGradients& g, Stream stream) {
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
void forward_of(const DeviceAttention& a, Stream stream) {
  if (a.element == Element::bfloat16) return launch_forward<kind, Element::bfloat16>(a, stream);
  launch_forward<kind, Element::float16>(a, stream);
}

template <Kind kind>
void backward_of(const DeviceAttention& a, const DeviceAttentionGradients& g, Stream stream) {
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
