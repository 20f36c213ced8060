#include "models/kernels/cuda/check/usage_problem.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "models/kernels/cuda/usage.cuh"

namespace ww::kernels::cuda {

UsageProblem draw_usage(Kind kind, int64_t T) {
  UsageProblem problem;
  auto& u = problem.usage;
  u.H = 2, u.T = T, u.F = 16, u.kind = kind;
  u.head = kind == Kind::polar ? u.F : 2 * u.F;
  u.place = u.H * u.head;
  constexpr uint32_t kSeed = 9;
  std::mt19937 generator(kSeed);  // NOLINT(cert-msc51-cpp): the same problem each time
  std::normal_distribution<float> normal(0.5F, 1);
  problem.features.resize(T * u.place);
  for (auto& x : problem.features) x = normal(generator);
  problem.parts.resize(usage_parts(u));
  problem.sums.resize(u.H * u.F);
  return problem;
}

std::vector<UsageOfFrequency> host_usage(const UsageProblem& problem) {
  auto parts = problem.parts;
  auto sums = problem.sums;
  auto u = problem.usage;
  u.data = problem.features.data(), u.parts = parts.data(), u.sums = sums.data();
  run_usage(u, nullptr);
  return sums;
}

Distance usage_distance(const std::vector<UsageOfFrequency>& sums,
                        const std::vector<UsageOfFrequency>& host) {
  constexpr size_t kNumbers = sizeof(UsageOfFrequency) / sizeof(double);
  double worst = 0;
  for (size_t i = 0; i < host.size() * kNumbers; ++i) {
    const double x = reinterpret_cast<const double*>(sums.data())[i];
    const double y = reinterpret_cast<const double*>(host.data())[i];
    const double error = std::abs(x - y) / std::max(1.0, std::abs(y));
    worst = std::isnan(error) || std::isnan(worst) ? NAN : std::max(worst, error);
  }
  return {"usage", worst, 1e-6};
}

}  // namespace ww::kernels::cuda
