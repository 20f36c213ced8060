// without_nccl.cpp: stands for with_nccl.cpp in builds without CUDA or NCCL.

#include "base/check.hpp"
#include "models/processes/shared_sum.hpp"

namespace ww {

bool nccl_built() { return false; }

std::unique_ptr<SharedSum> sum_by_nccl(Communicator&, std::vector<at::Tensor>) {
  refuse(
      "this build cannot sum over GPUs: nvcc or the NCCL of LibTorch's wheel was missing when it "
      "was configured; install both and configure again");
}

std::string nccl_words() { return "nccl: none"; }

}  // namespace ww
