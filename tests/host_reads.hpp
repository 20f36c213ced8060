// host_reads.hpp: a watch on LibTorch's operators for whatever makes the host wait for a device.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ww::test {

/// The operators of `work` that read a device from the host, on this thread. Here all tensors are
/// the host's: a copy to a device counts as one back, unless send() makes it.
std::vector<std::string> host_reads(const std::function<void()>& work);

}  // namespace ww::test
