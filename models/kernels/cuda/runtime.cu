// runtime.cu: the CUDA runtime behind runtime.hpp, and CUDA's answer to launches.

#include <cuda_runtime.h>

#include <stdexcept>

#include "models/kernels/cuda/launch_check.hpp"
#include "models/kernels/cuda/runtime.hpp"

namespace ww::kernels::cuda {

void require_launched(const char* kernel, int status) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // said here: whoever asks next asks about its own
  throw std::runtime_error(std::string("CUDA: ") + kernel + ": " +
                           cudaGetErrorString(static_cast<cudaError_t>(status)));
}

bool built() { return true; }

bool runs_here() {
  int device = 0, major = 0;
  return cudaGetDevice(&device) == cudaSuccess &&
         cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         major >= 8;
}

std::string device_words() {
  int device = 0, driver = 0, runtime = 0;
  cudaDeviceProp found;
  require_launched("device", cudaGetDevice(&device));
  require_launched("device", cudaGetDeviceProperties(&found, device));
  require_launched("driver", cudaDriverGetVersion(&driver));
  require_launched("runtime", cudaRuntimeGetVersion(&runtime));
  const auto version = [](int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
  };
  return std::string(found.name) + ", compute capability " + std::to_string(found.major) + "." +
         std::to_string(found.minor) + ", driver " + version(driver) + ", runtime " +
         version(runtime);
}

void finish(const char* kernel, DeviceStream stream) {
  require_launched(kernel, cudaStreamSynchronize(stream));
}

Stopwatch::Stopwatch(DeviceStream stream) : stream_(stream) {
  require_launched("event", cudaEventCreate(reinterpret_cast<cudaEvent_t*>(&start_)));
  require_launched("event", cudaEventCreate(reinterpret_cast<cudaEvent_t*>(&stop_)));
}

Stopwatch::~Stopwatch() {
  cudaEventDestroy(static_cast<cudaEvent_t>(start_));
  cudaEventDestroy(static_cast<cudaEvent_t>(stop_));
}

void Stopwatch::start() {
  require_launched("event", cudaEventRecord(static_cast<cudaEvent_t>(start_), stream_));
}

double Stopwatch::stop() {
  float milliseconds = 0;
  const auto first = static_cast<cudaEvent_t>(start_), last = static_cast<cudaEvent_t>(stop_);
  require_launched("event", cudaEventRecord(last, stream_));
  require_launched("event", cudaEventSynchronize(last));
  require_launched("event", cudaEventElapsedTime(&milliseconds, first, last));
  return milliseconds;
}

}  // namespace ww::kernels::cuda
