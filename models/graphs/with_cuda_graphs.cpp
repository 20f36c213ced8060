// with_cuda_graphs.cpp: the one unit of ours that sees LibTorch's CUDA headers.

#include <ATen/cuda/CUDAGraph.h>

#include "models/graphs/cuda_graphs.hpp"

namespace ww {

namespace {

class CudaReplay final : public Replay {
 public:
  CudaReplay(const std::function<void()>& work, at::cuda::MempoolId_t pool) {
    graph_.capture_begin(pool);
    work();
    graph_.capture_end();
  }
  void run() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace

bool graphs_built() { return true; }

Capture cuda_capture() {
  return [pool = at::cuda::graph_pool_handle()](const std::function<void()>& work) {
    return std::make_unique<CudaReplay>(work, pool);
  };
}

}  // namespace ww
