// backward_polar.cu: the kernels of kind `polar`, backward.

#include "models/kernels/cuda/backward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void backward_of<Kind::polar>(const DeviceAttention&,
                                       const DeviceAttentionGradients&,
                                       DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
