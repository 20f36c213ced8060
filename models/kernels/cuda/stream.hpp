// stream.hpp: CUDA's stream without CUDA's headers.
#pragma once

struct CUstream_st;

namespace ww::kernels::cuda {

/// The same type as cudaStream_t; null is the default stream.
using DeviceStream = CUstream_st*;

}  // namespace ww::kernels::cuda
