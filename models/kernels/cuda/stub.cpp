// stub.cpp: stands in for the kernels where there was no nvcc: every call is refused.

#include "base/check.hpp"
#include "models/kernels/cuda/attention.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "models/kernels/cuda/trial.hpp"
#include "models/kernels/cuda/usage.hpp"

namespace ww::kernels::cuda {

namespace {

[[noreturn]] void refuse_call() {
  refuse(
      "this build has no CUDA kernels: there was no nvcc when it was configured; install the CUDA "
      "toolkit 13 and configure again");
}

}  // namespace

bool built() { return false; }

bool runs_here() { return false; }

void attention_forward(const DeviceAttention&, DeviceStream) { refuse_call(); }

void attention_backward(const DeviceAttention&, const DeviceAttentionGradients&, DeviceStream) {
  refuse_call();
}

void try_warps(Element, int, const Trial*, Answer*, DeviceStream) { refuse_call(); }

void sum_usage(const DeviceUsage&, DeviceStream) { refuse_call(); }

std::string device_words() { refuse_call(); }

void finish(const char*, DeviceStream) { refuse_call(); }

Stopwatch::Stopwatch(DeviceStream stream) : stream_(stream) { refuse_call(); }
Stopwatch::~Stopwatch() = default;
void Stopwatch::start() {}
double Stopwatch::stop() { return 0; }

}  // namespace ww::kernels::cuda
