// forward_pairs.cu: the kernels of kind `pairs`, forward.

#include "models/kernels/cuda/forward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void forward_of<Kind::pairs>(const DeviceAttention&, DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
