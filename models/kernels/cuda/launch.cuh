// launch.cuh: a kernel started: on a GPU, or at once on the host.
#pragma once

#include "models/kernels/cuda/launch_check.hpp"
#include "models/kernels/cuda/platform.cuh"
#include "models/kernels/cuda/stream.hpp"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// `name` is for sentences. Throws where the GPU cannot give a block what it needs or refuses the
/// launch; errors of the kernel itself show at the next synchronisation.
template <typename Kernel, typename... Arguments>
void launch(const char* name,
            Kernel kernel,
            dim3 grid,
            int threads,
            int shared_bytes,
            Stream stream,
            const Arguments&... arguments) {
#ifdef __CUDACC__
  constexpr int kGiven = 48 << 10;  // bytes of shared memory that nobody has to ask for
  if (shared_bytes > kGiven) {
    require_launched(
        name,
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes));
  }
  kernel<<<grid, threads, shared_bytes, stream>>>(arguments...);
  require_launched(name, cudaGetLastError());
#else
  (void)name, (void)stream;
  host::run_kernel(grid, threads, shared_bytes, [&] { kernel(arguments...); });
#endif
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
