// usage_problem.hpp: inputs for the sums of usage, and the sums by the host's version of the
// kernel.
#pragma once

#include <vector>

#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/usage.hpp"

namespace ww::kernels::cuda {

struct UsageProblem {
  DeviceUsage usage{};  // its pointers are null
  std::vector<float> features;
  std::vector<UsageOfFrequency> parts, sums;
};

/// Two heads of 16 frequencies at T places, float32.
UsageProblem draw_usage(Kind kind, int64_t T);

std::vector<UsageOfFrequency> host_usage(const UsageProblem& problem);

/// The largest relative distance of any sum.
Distance usage_distance(const std::vector<UsageOfFrequency>& sums,
                        const std::vector<UsageOfFrequency>& host);

}  // namespace ww::kernels::cuda
