// forward_polar.cu: the kernels of kind `polar`, forward.

#include "models/kernels/cuda/forward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void forward_of<Kind::polar>(const DeviceAttention&, DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
