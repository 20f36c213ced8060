// launch.cuh: a kernel started: on a GPU, or at once on the host.
#pragma once

#include <string>
#include <type_traits>

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
            DeviceStream stream,
            const Arguments&... arguments) {
#ifdef __CUDACC__
  constexpr int kGiven = 48 << 10;  // bytes of shared memory that nobody has to ask for
  if (shared_bytes > kGiven) {
    const auto needs =
        std::string(name) + ", " + std::to_string(shared_bytes) + " bytes of shared memory a block";
    require_launched(
        needs.c_str(),
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared_bytes));
  }
  kernel<<<grid, threads, shared_bytes, stream>>>(arguments...);
  require_launched(name, cudaGetLastError());
#else
  (void)name, (void)stream;
  host::run_kernel(grid, threads, shared_bytes, [&] { kernel(arguments...); });
#endif
}

/// Calls `work` with the head width as a constant; widths were checked.
template <typename Work>
void with_width(int64_t D, const Work& work) {
  if (D == 32) work(std::integral_constant<int, 32>{});
  if (D == 64) work(std::integral_constant<int, 64>{});
  if (D == 96) work(std::integral_constant<int, 96>{});
  if (D == 128) work(std::integral_constant<int, 128>{});
}

inline dim3 grid_of(int64_t blocks, int64_t strings) {
  return {static_cast<unsigned>(blocks), static_cast<unsigned>(strings), 1};
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
