// layer.hpp: the words of CUDA C++ on the host: qualifiers, built-in variables, barriers, launches.
//
// Shared memory starts as 0xFF, which is a NaN in every format here. WW_HOST_THREADS makes a CUDA
// thread a thread of the system, as does what fibers cannot have: ThreadSanitizer, another
// processor.
#pragma once

#if defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define WW_HOST_THREADS
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WW_HOST_THREADS
#endif
#endif

#ifdef WW_HOST_THREADS
#include "models/kernels/cuda/host/threads.hpp"
#else
#include "models/kernels/cuda/host/fibers.hpp"
#endif

#define __global__
#define __device__
#define __grid_constant__
#define __launch_bounds__(...)
#define threadIdx (::ww::kernels::cuda::host::thread_index())
#define blockIdx (::ww::kernels::cuda::host::block_index())

// Of the caller's line: clang 14 has no std::source_location.
inline void __syncthreads(unsigned line = __builtin_LINE()) {
  ww::kernels::cuda::host::wait_at_barrier(line);
}

namespace ww::kernels::cuda::host {

/// Runs a kernel over a grid of blocks of `threads`, one block after another.
inline void run_kernel(dim3 grid,
                       unsigned threads,
                       size_t shared_bytes,
                       const std::function<void()>& kernel) {
  for (unsigned y = 0; y < grid.y; ++y) {
    for (unsigned x = 0; x < grid.x; ++x) run_block({x, y, 0}, threads, shared_bytes, kernel);
  }
}

}  // namespace ww::kernels::cuda::host
