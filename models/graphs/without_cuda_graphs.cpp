// without_cuda_graphs.cpp: stands for with_cuda_graphs.cpp in builds without CUDA.

#include "base/check.hpp"
#include "models/graphs/cuda_graphs.hpp"

namespace ww {

bool graphs_built() { return false; }

Capture cuda_capture() {
  refuse(
      "this build cannot capture CUDA graphs: nvcc or LibTorch's CUDA was missing when it was "
      "configured; install the CUDA toolkit 13 and configure again");
}

}  // namespace ww
