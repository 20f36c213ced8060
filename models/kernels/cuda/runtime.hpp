// runtime.hpp: what the program asks of the CUDA runtime itself, without its headers.
#pragma once

#include <string>

#include "models/kernels/cuda/stream.hpp"

namespace ww::kernels::cuda {

/// Whether this build has CUDA kernels.
bool built();

/// Whether the current device has what the kernels need: compute capability 8.0 or more. False
/// where there is no device.
bool runs_here();

/// "NVIDIA H100 80GB HBM3, compute capability 9.0, driver 13.0, runtime 13.0"; of the current
/// device. Throws std::runtime_error where CUDA says no.
std::string device_words();

/// Waits for the stream, so that a kernel's own errors show: throws std::runtime_error that names
/// `kernel`.
void finish(const char* kernel, DeviceStream stream);

/// Milliseconds between two places of a stream; both are recorded by this object.
class Stopwatch {
 public:
  explicit Stopwatch(DeviceStream stream);
  ~Stopwatch();
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  void start();
  /// Waits for the stream.
  double stop();

 private:
  DeviceStream stream_;
  void *start_ = nullptr, *stop_ = nullptr;
};

}  // namespace ww::kernels::cuda
