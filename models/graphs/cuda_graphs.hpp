// cuda_graphs.hpp: work captured as CUDA graphs, where this build has CUDA.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/StreamGuard.h>

#include <optional>

#include "models/graphs/replay.hpp"

namespace ww {

/// Whether this build can capture.
bool graphs_built();

/// Captures on the current stream, which must be an OwnStream. All graphs share the memory for what
/// their work makes: they may run in any order, one after the other. Throws InputError where this
/// build has no CUDA.
Capture cuda_capture();

/// Work of this thread on a GPU goes to a stream that is not the default one, which cannot be
/// captured, while this lives; other devices have no streams.
class OwnStream {
 public:
  explicit OwnStream(c10::Device device);

 private:
  std::optional<c10::StreamGuard> guard_;
};

}  // namespace ww
