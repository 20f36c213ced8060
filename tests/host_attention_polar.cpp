// host_attention_polar.cpp: the kernels of kind `polar`, built for the host.

#include "models/kernels/cuda/backward_launch.cuh"
#include "models/kernels/cuda/forward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_host {

template void forward_of<Kind::polar>(const DeviceAttention&, DeviceStream);
template void backward_of<Kind::polar>(const DeviceAttention&,
                                       const DeviceAttentionGradients&,
                                       DeviceStream);

}  // namespace on_host
}  // namespace ww::kernels::cuda
