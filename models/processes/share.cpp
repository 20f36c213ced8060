#include "models/processes/share.hpp"

#include "base/check.hpp"
#include "models/fused/slots.hpp"
#include "models/processes/shared_sum.hpp"

namespace ww {

namespace {

/// The cohorts of one of several processes, which all have as many.
Share dealt_cohorts(const TrainingPreset& t, c10::Device device, const Communicator& all) {
  const int64_t cohorts = t.strings / t.cohort, size = all.size();
  check(cohorts % size == 0,
        "{} processes cannot share a step's cohorts evenly: --strings {} in cohorts of {} are {}; "
        "start a number of processes that divides it, or choose a smaller --cohort",
        size,
        t.strings,
        t.cohort,
        cohorts);
  const auto each = cohorts / size;
  const auto sharing = device.is_cuda() ? Sharing::nccl : Sharing::cohorts;
  return {sharing, all.rank() * each, (all.rank() + 1) * each, cohorts};
}

}  // namespace

Share share_of(const Run& run, const Engine& engine, c10::Device device, const Communicator& all) {
  const auto& t = run.training;
  const int64_t cohorts = t.strings / t.cohort;
  if (all.size() == 1) return {Sharing::none, 0, cohorts, cohorts};
  if (engine.compute != Compute::fused) {
    check(!device.is_cuda() || nccl_built(),
          "{} processes cannot share a step on GPUs: this whatwhere was built without NCCL; use "
          "LibTorch's wheel, which brings it, with nvcc, and configure anew",
          all.size());
    return dealt_cohorts(t, device, all);
  }
  check(all.size() <= kSlots,
        "{} processes cannot share a step of {} slots; launch {} at the most",
        all.size(),
        kSlots,
        kSlots);
  return {Sharing::slots, 0, cohorts, cohorts};
}

std::string sharing_words(Sharing sharing) {
  if (sharing == Sharing::nccl) return nccl_words();
  constexpr const char* names[] = {"none", "slots", "cohorts"};
  return names[static_cast<size_t>(sharing)];
}

}  // namespace ww
