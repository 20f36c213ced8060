#include "models/optimiser.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <numbers>

#include "models/kernels/model.hpp"

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
      count_(at::zeros({1}, parameters.values().options().dtype(at::kFloat))) {
  if (!count_.device().is_cpu()) rate_there_ = at::zeros({}, count_.options());
}

void AdamW::set_rate(double rate) {
  rate_ = rate;
  if (rate_there_.defined()) rate_there_.fill_(rate);
}

at::Tensor AdamW::update_on_kernels() {
  const auto gradients = parameters_.gradients();
  const double norm =
      std::sqrt(table_->squared_norm(gradients.const_data_ptr<float>(), gradients.numel()));
  const double clip = kLargestNorm / (norm + 1e-6);
  count_.add_(1);
  const auto t = count_.item<double>();
  kernels::AdamStep s{};
  s.clip = static_cast<float>(clip > 1 ? 1 : clip);  // a NaN stays one
  s.first_share = static_cast<float>(1 - kBeta1);
  s.second_keep = static_cast<float>(kBeta2);
  s.second_share = static_cast<float>(1 - kBeta2);
  s.epsilon = static_cast<float>(kEpsilon);
  s.rate = static_cast<float>(rate_ / (1 - std::pow(kBeta1, t)));
  s.unbias = static_cast<float>(1 / std::sqrt(1 - std::pow(kBeta2, t)));
  const auto update = [&](int64_t from, int64_t length, double decay) {
    s.keep = static_cast<float>(1 - rate_ * decay);
    const auto part = [&](const at::Tensor& x) { return x.mutable_data_ptr<float>() + from; };
    table_->adamw(
        s, length, part(gradients), part(parameters_.values()), part(first_), part(second_));
  };
  const auto decayed = parameters_.decayed();
  update(0, decayed, kDecay);
  update(decayed, gradients.numel() - decayed, 0);
  return at::scalar_tensor(norm, at::kDouble);
}

void AdamW::update_part(int64_t from, int64_t length, double decay) {
  if (length == 0) return;
  const auto part = [&](const at::Tensor& flat) { return flat.narrow(0, from, length); };
  const auto update = [&](const auto& rate) {
    at::_fused_adamw_({part(parameters_.values())},
                      {part(parameters_.gradients())},
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
  if (rate_there_.defined()) return update(rate_there_);
  update(rate_);
}

at::Tensor AdamW::update() {
  const c10::NoGradGuard no_grad;
  if (table_ != nullptr) return update_on_kernels();
  auto gradients = parameters_.gradients();
  const auto norm = gradients.norm();
  gradients.mul_((kLargestNorm / (norm + 1e-6)).clamp_max(1));
  count_.add_(1);
  const auto decayed = parameters_.decayed();
  update_part(0, decayed, kDecay);
  update_part(decayed, gradients.numel() - decayed, 0);
  gradients.zero_();
  return norm;
}

at::Tensor AdamW::step(double rate) {
  set_rate(rate);
  return update();
}

}  // namespace ww
