#include <c10/core/impl/VirtualGuardImpl.h>

#include "models/graphs/cuda_graphs.hpp"

namespace ww {

OwnStream::OwnStream(c10::Device device) {
  if (!device.is_cuda()) return;
  guard_.emplace(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device));
}

}  // namespace ww
