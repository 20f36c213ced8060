// backward_pairs.cu: the kernels of kind `pairs`, backward.

#include "models/kernels/cuda/backward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void backward_of<Kind::pairs>(const DeviceAttention&,
                                       const DeviceAttentionGradients&,
                                       DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
