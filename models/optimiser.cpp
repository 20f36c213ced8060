#include "models/optimiser.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <numbers>

namespace ww {

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.99, kEpsilon = 1e-8, kDecay = 0.01, kLargestNorm = 1;

}  // namespace

double learning_rate(int64_t step, int64_t steps, int64_t warm_up, double peak) {
  if (step <= warm_up) return peak * static_cast<double>(step) / static_cast<double>(warm_up);
  const double done = static_cast<double>(step - warm_up) / static_cast<double>(steps - warm_up);
  return peak * (0.1 + 0.45 * (1 + std::cos(std::numbers::pi * done)));
}

AdamW::AdamW(Parameters& parameters)
    : parameters_(parameters),
      first_(at::zeros_like(parameters.values())),
      second_(at::zeros_like(parameters.values())),
      count_(at::zeros({1}, parameters.values().options().dtype(at::kFloat))) {}

at::Tensor AdamW::step(double rate) {
  const c10::NoGradGuard no_grad;
  auto gradients = parameters_.gradients();
  const auto norm = gradients.norm();
  gradients.mul_((kLargestNorm / (norm + 1e-6)).clamp_max(1));
  count_.add_(1);
  const auto update = [&](int64_t from, int64_t length, double decay) {
    if (length == 0) return;
    const auto part = [&](const at::Tensor& flat) { return flat.narrow(0, from, length); };
    at::_fused_adamw_({part(parameters_.values())},
                      {part(gradients)},
                      {part(first_)},
                      {part(second_)},
                      {},
                      {count_.squeeze()},
                      rate,
                      kBeta1,
                      kBeta2,
                      decay,
                      kEpsilon,
                      false,
                      false);
  };
  const auto decayed = parameters_.decayed();
  update(0, decayed, kDecay);
  update(decayed, gradients.numel() - decayed, 0);
  gradients.zero_();
  return norm;
}

}  // namespace ww
