#include "models/evaluate.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/places.hpp"

namespace ww {

namespace {

/// What the answers of one batch were: tokens [B] and the summed loss, nats.
struct Answers {
  std::vector<int64_t> tokens;
  double loss = 0;
};

Answers answer(const Decoder& model, const Run& run, Split split, const Batch& batch) {
  const c10::NoGradGuard no_grad;
  const auto device = model.options().device();
  auto input = to_input(batch, device);
  input.positions = place_positions(batch, run, split);
  const auto logits = model.forward(input).flatten(0, 1);  // [B, V]
  const auto wanted = answers_of(batch, device);
  const auto loss = at::cross_entropy_loss(logits, wanted, {}, at::Reduction::Sum);
  const auto best = logits.argmax(-1).to(at::kCPU).contiguous();
  const auto* const token = best.const_data_ptr<int64_t>();
  return {{token, token + best.numel()}, loss.item<double>()};
}

int longest_shift_of(const std::vector<Batch>& batches) {
  int reach = 0;
  for (const auto& batch : batches) {
    for (const auto& sample : batch.samples) reach = std::max(reach, longest_shift(sample));
  }
  return reach;
}

}  // namespace

Evaluation evaluate(const Decoder& model, const Run& run, Split split, int64_t answers) {
  const auto batches =
      evaluation_batches(*run.task, run.evaluation_stream(split), static_cast<uint64_t>(answers));
  Grader grader(*run.task, longest_shift_of(batches));
  double loss = 0;
  for (const auto& batch : batches) {
    const auto given = answer(model, run, split, batch);
    loss += given.loss;
    for (size_t row = 0; row < given.tokens.size(); ++row) {
      grader.add(batch, row, 0, given.tokens[row]);
    }
  }
  const auto grades = grader.grades();
  return {grades, loss / static_cast<double>(grades.total.asked)};
}

nlohmann::json slices_to_json(const Grades& grades) {
  auto object = nlohmann::json::object();
  for (const auto& [name, values] : grades.slices) {
    auto& list = object[name] = nlohmann::json::array();
    for (const auto& [value, tally] : values) {
      list.push_back({{"value", value}, {"right", tally.right}, {"asked", tally.asked}});
    }
  }
  return object;
}

}  // namespace ww
