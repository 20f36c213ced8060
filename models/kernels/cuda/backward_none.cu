// backward_none.cu: the kernels of kind `none`, backward.

#include "models/kernels/cuda/backward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void backward_of<Kind::none>(const DeviceAttention&,
                                      const DeviceAttentionGradients&,
                                      DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
