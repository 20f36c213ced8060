// share.hpp: how the processes of a run share each of its steps.
//
//   none     there is one
//   slots    each takes some slots of every cohort: fused CPU kernels (fused/slots.hpp)
//   cohorts  each takes some cohorts: tensor operations on the CPU
//   nccl     the same on GPUs, one each
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

#include "models/fused/engine.hpp"
#include "models/processes/communicator.hpp"
#include "models/run.hpp"

namespace ww {

enum class Sharing { none, slots, cohorts, nccl };

/// Cohorts first .. last - 1 of each step are this process's, of so many.
struct Share {
  Sharing sharing = Sharing::none;
  int64_t first = 0, last = 0, cohorts = 0;

  int64_t count() const { return last - first; }
};

/// Throws InputError where the processes can't share the run's steps evenly.
Share share_of(const Run& run, const Engine& engine, c10::Device device, const Communicator& all);

/// For records: the sharing, and of NCCL what its sums depend on.
std::string sharing_words(Sharing sharing);

}  // namespace ww
