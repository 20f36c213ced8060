// dispatch.cpp: the launchers of builds with CUDA; stub.cpp stands in where there is no nvcc.

#include "models/kernels/cuda/attention.hpp"

namespace ww::kernels::cuda {
inline namespace on_device {

template <Kind kind>
void forward_of(const DeviceAttention& a, DeviceStream stream);
template <Kind kind>
void backward_of(const DeviceAttention& a, const DeviceAttentionGradients& g, DeviceStream stream);

}  // namespace on_device

void attention_forward(const DeviceAttention& a, DeviceStream stream) {
  check_attention(a);
  if (a.kind == Kind::none) return forward_of<Kind::none>(a, stream);
  if (a.kind == Kind::pairs) return forward_of<Kind::pairs>(a, stream);
  forward_of<Kind::polar>(a, stream);
}

void attention_backward(const DeviceAttention& a,
                        const DeviceAttentionGradients& g,
                        DeviceStream stream) {
  check_attention(a);
  check_gradients(a, g);
  if (a.kind == Kind::none) return backward_of<Kind::none>(a, g, stream);
  if (a.kind == Kind::pairs) return backward_of<Kind::pairs>(a, g, stream);
  backward_of<Kind::polar>(a, g, stream);
}

}  // namespace ww::kernels::cuda
