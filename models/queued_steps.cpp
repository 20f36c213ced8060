#include "models/queued_steps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

namespace ww {

QueuedSteps::QueuedSteps(const Decoder& model, AdamW& optimiser)
    : model_(model),
      optimiser_(optimiser),
      kept_(at::zeros({5}, model.options().dtype(at::kDouble))),
      step_(kept_[0]),
      loss_(kept_[1]),
      norm_(kept_[2]),
      doubt_(kept_[3]),
      finite_(kept_[4]) {}

void QueuedSteps::add(const Input& input, const at::Tensor& answers, double share) {
  const auto loss = model_.queue_gradient(input, answers, share);
  const c10::NoGradGuard no_grad;
  step_.add_(loss);
}

void QueuedSteps::update(double rate) {
  const c10::NoGradGuard no_grad;
  optimiser_.set_rate(rate);
  norm_.copy_(optimiser_.update());
  loss_.add_(step_);
  doubt_.add_((step_ + norm_) * 0);
  finite_.add_(doubt_ == 0);
  step_.zero_();
  ++queued_;
}

QueuedSteps::Sums QueuedSteps::take() {
  const auto host = kept_.to(at::kCPU, /*non_blocking=*/false, /*copy=*/true);
  const auto* const kept = host.const_data_ptr<double>();
  const Sums sums{queued_, static_cast<int64_t>(kept[4]), kept[1], kept[2]};
  finite_.zero_();
  queued_ = 0;
  return sums;
}

}  // namespace ww
