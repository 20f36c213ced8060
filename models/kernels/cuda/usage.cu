// usage.cu: usage on a GPU.

#include "models/kernels/cuda/usage.cuh"

namespace ww::kernels::cuda {

void sum_usage(const DeviceUsage& u, DeviceStream stream) {
  check_usage(u);
  run_usage(u, stream);
}

}  // namespace ww::kernels::cuda
