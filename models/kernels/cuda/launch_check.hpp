// launch_check.hpp: CUDA's answer to a launch, without CUDA's headers.
#pragma once

namespace ww::kernels::cuda {

/// Throws std::runtime_error with CUDA's own words where `status` is no cudaSuccess.
void require_launched(const char* kernel, int status);

}  // namespace ww::kernels::cuda
