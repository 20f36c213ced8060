// forward_none.cu: the kernels of kind `none`, forward.

#include "models/kernels/cuda/forward_launch.cuh"

namespace ww::kernels::cuda {
inline namespace on_device {

template void forward_of<Kind::none>(const DeviceAttention&, DeviceStream);

}  // namespace on_device
}  // namespace ww::kernels::cuda
