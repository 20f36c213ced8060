#include "models/evaluate.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

#include "models/places.hpp"

namespace ww {

namespace {

constexpr const char* kSourceCopied = "source copied";
constexpr const char* kAbsent = "absent";

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

void count(Tally& tally, bool right) {
  ++tally.asked;
  tally.right += right ? 1 : 0;
}

/// Where a symbol stands in the string, -1 if nowhere.
int place_of(int64_t token, const std::vector<int32_t>& string) {
  const auto found = std::ranges::find(string, static_cast<int32_t>(token));
  return found == string.end() ? -1 : static_cast<int>(found - string.begin());
}

void grade(
    Evaluation& result, const Batch& batch, size_t row, int64_t token, int reach, bool places) {
  const auto& sample = batch.samples[row];
  const auto& query = sample.queries.front();
  const bool right = token == query.answer;
  count(result.total, right);
  if (query.shift != 0) count(result.nonzero, right);
  const int n = static_cast<int>(sample.string.size());
  const auto slice = [&](const char* name, int value) { count(result.slices[name][value], right); };
  slice("n", n);
  slice("shift", query.shift);
  if (query.source >= 0) slice("source", query.source);
  if (query.target >= 0) slice("target", query.target);
  if (query.target >= 0) slice("distance", batch.position[batch.graded[0]] - query.target);
  if (!places) return;
  const int place = place_of(token, sample.string);
  if (!right) ++result.pointer_errors[pointer_error(query, place, reach)];
  if (place >= 0) ++result.shift_table[{query.shift, place - query.source}];
}

int longest_shift(const std::vector<Batch>& batches) {
  int reach = 0;
  for (const auto& batch : batches) {
    for (const auto& sample : batch.samples) {
      reach = std::max(reach, std::abs(sample.queries.front().shift));
    }
  }
  return reach;
}

}  // namespace

double Tally::accuracy() const {
  if (asked == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(right) / static_cast<double>(asked);
}

const std::vector<std::string>& pointer_error_classes() {
  static const std::vector<std::string> classes = {kSourceCopied,
                                                   "off by one",
                                                   "right size, wrong sign",
                                                   "right side, in reach",
                                                   "in reach",
                                                   "in the string",
                                                   kAbsent};
  return classes;
}

std::string pointer_error(const Query& query, int place, int reach) {
  const int applied = place - query.source;
  const bool in_reach = std::abs(applied) <= reach;
  const bool same_side = (applied > 0) == (query.shift > 0) && (applied < 0) == (query.shift < 0);
  const bool fits[] = {applied == 0,
                       std::abs(place - query.target) == 1,
                       applied == -query.shift,
                       same_side && in_reach,
                       in_reach};
  const auto& classes = pointer_error_classes();
  if (place < 0) return kAbsent;
  for (size_t i = 0; i < std::size(fits); ++i) {
    if (fits[i]) return classes[i];
  }
  return "in the string";
}

Evaluation evaluate(const Decoder& model, const Run& run, Split split, int64_t answers) {
  const auto batches =
      evaluation_batches(*run.task, run.evaluation_stream(split), static_cast<uint64_t>(answers));
  const int reach = longest_shift(batches);
  const bool places = run.task->symbols_are_distinct();
  Evaluation result;
  for (const auto& batch : batches) {
    const auto given = answer(model, run, split, batch);
    result.loss += given.loss;
    for (size_t row = 0; row < given.tokens.size(); ++row) {
      grade(result, batch, row, given.tokens[row], reach, places);
    }
  }
  result.loss /= static_cast<double>(result.total.asked);
  std::erase_if(result.slices, [](const auto& slice) { return slice.second.size() < 2; });
  return result;
}

nlohmann::json slices_to_json(const Evaluation& evaluation) {
  auto object = nlohmann::json::object();
  for (const auto& [name, values] : evaluation.slices) {
    auto& list = object[name] = nlohmann::json::array();
    for (const auto& [value, tally] : values) {
      list.push_back({{"value", value}, {"right", tally.right}, {"asked", tally.asked}});
    }
  }
  return object;
}

}  // namespace ww
