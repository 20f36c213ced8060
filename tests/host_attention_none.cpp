// host_attention_none.cpp: the kernels of kind `none`, built for the host.

#include "models/kernels/cuda/backward_launch.cuh"
#include "models/kernels/cuda/forward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_host {

template void forward_of<Kind::none>(const DeviceAttention&, DeviceStream);
template void backward_of<Kind::none>(const DeviceAttention&,
                                      const DeviceAttentionGradients&,
                                      DeviceStream);

}  // namespace on_host
}  // namespace ww::kernels::cuda
