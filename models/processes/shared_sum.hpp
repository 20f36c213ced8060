// shared_sum.hpp: what processes that each compute some of a step's cohorts add up: the gradient
// and the loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "models/processes/communicator.hpp"
#include "models/processes/share.hpp"

namespace ww {

/// Of tensors, the parts, that all processes have and each of them adds to.
class SharedSum {
 public:
  virtual ~SharedSum() = default;
  /// One more cohort of this process is in the parts.
  virtual void end_cohort() {}
  /// Queues that the parts hold the sums over the cohorts of all processes; the same bits for all.
  virtual void end_step() = 0;
};

/// Gathers each cohort's parts, which are on the CPU, and adds them in the order of cohorts: the
/// bits of one process for any number of them.
std::unique_ptr<SharedSum> sum_in_order(Communicator& all,
                                        const Share& share,
                                        std::vector<at::Tensor> parts);

/// One all-reduce of NCCL, on the stream that this thread's work on the parts' GPU goes to, where
/// it can be captured: the same bits for the same number of GPUs. The parts are contiguous, float32
/// or float64; each process has another GPU, its current one. NCCL_ALGO and NCCL_PROTO are set
/// unless the environment does. Throws InputError where this build has no NCCL, std::runtime_error
/// where NCCL fails.
std::unique_ptr<SharedSum> sum_by_nccl(Communicator& all, std::vector<at::Tensor> parts);

/// Whether this build can sum by NCCL.
bool nccl_built();

/// "nccl 2.28.9, NCCL_ALGO=Ring, NCCL_PROTO=Simple": what the bits of its sums depend on beside the
/// number of GPUs.
std::string nccl_words();

}  // namespace ww
