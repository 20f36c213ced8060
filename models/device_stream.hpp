// device_stream.hpp: LibTorch's stream as CUDA's, without CUDA's headers.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "models/kernels/cuda/stream.hpp"

namespace ww {

/// The stream that this thread's work on a GPU goes to; null elsewhere.
inline kernels::cuda::DeviceStream stream_of(at::Device device) {
  if (!device.is_cuda()) return nullptr;
  const c10::impl::VirtualGuardImpl guard(device.type());
  return static_cast<kernels::cuda::DeviceStream>(guard.getStream(device).native_handle());
}

}  // namespace ww
