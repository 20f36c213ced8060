#include "models/queued_steps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <utility>

#include "models/attention.hpp"

namespace ww {

namespace {

void append(std::string& key, const void* bytes, size_t count) {
  key.append(static_cast<const char*>(bytes), count);
}

/// All that a cohort's work depends on but its tokens and answers.
std::string key_of(const Input& input, double share) {
  std::string key;
  const auto strings = input.tokens.size(0);
  append(key, &strings, sizeof(strings));
  append(key, &share, sizeof(share));
  for (const auto& rows : {input.positions.contiguous(), input.block.contiguous()}) {
    append(key, rows.const_data_ptr(), rows.nbytes());
  }
  return key;
}

}  // namespace

QueuedSteps::QueuedSteps(const Decoder& model, AdamW& optimiser, Capture capture)
    : model_(model),
      optimiser_(optimiser),
      capture_(std::move(capture)),
      kept_(at::zeros({5}, model.options().dtype(at::kDouble))),
      step_(kept_[0]),
      loss_(kept_[1]),
      norm_(kept_[2]),
      doubt_(kept_[3]),
      finite_(kept_[4]) {}

QueuedSteps::Shape& QueuedSteps::shape_of(const Input& input,
                                          const at::Tensor& answers,
                                          double share) {
  const auto [found, is_new] = shapes_.try_emplace(key_of(input, share));
  auto& shape = found->second;
  if (is_new) {
    shape.input = input;
    shape.input.tokens = input.tokens.clone();
    shape.answers = answers.clone();
    shape.pass = model_.prepare(shape.input);
  } else {
    shape.input.tokens.copy_(input.tokens);
    shape.answers.copy_(answers);
  }
  return shape;
}

void QueuedSteps::queue_gradient(const Input& input,
                                 const at::Tensor& answers,
                                 double share,
                                 const Pass* pass) {
  const auto loss = model_.queue_gradient(input, answers, share, pass);
  const c10::NoGradGuard no_grad;
  step_.add_(loss);
}

void QueuedSteps::queue(const Input& input, const at::Tensor& answers, double share) {
  if (!capture_ || input.tokens.size(1) > kMaskedRows) {
    return queue_gradient(input, answers, share, nullptr);
  }
  auto& shape = shape_of(input, answers, share);
  shape.work.run(capture_, [this, &shape, share] {
    queue_gradient(shape.input, shape.answers, share, &shape.pass);
  });
}

void QueuedSteps::add(const Input& input, const at::Tensor& answers, double share) {
  queue(input, answers, share);
  if (sum_) sum_->end_cohort();
}

void QueuedSteps::queue_update() {
  const c10::NoGradGuard no_grad;
  if (sum_) sum_->end_step();
  norm_.copy_(optimiser_.update());
  loss_.add_(step_);
  doubt_.add_((step_ + norm_) * 0);
  finite_.add_(doubt_ == 0);
  step_.zero_();
}

void QueuedSteps::update(double rate) {
  optimiser_.set_rate(rate);
  if (capture_) update_.run(capture_, [this] { queue_update(); });
  if (!capture_) queue_update();
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
