#include "models/gates.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/philox.hpp"
#include "models/decoder.hpp"
#include "models/encoding.hpp"
#include "models/encoding_gates.hpp"
#include "models/evaluate.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "models/train.hpp"

namespace ww {

namespace {

constexpr int64_t kShuffledSteps = 300, kEntries = 600;

/// The run's model, smaller where nothing but structure is looked at.
Decoder small_model(const Run& run, int64_t layers, at::ScalarType type) {
  auto config = run.model;
  config.layers = layers;
  Decoder model(config, type);
  model.parameters().initialise(1, config.width, layers);
  return model;
}

/// The first strings of a training cohort.
Batch few_strings(const Run& run, int strings) {
  auto stream = run.train_stream();
  stream.cohort = strings;
  stream.queries = std::min(stream.queries, 4);
  stream.strings = 0;
  return cohort_at(*run.task, stream, 0);
}

at::Tensor batch_loss(const Decoder& model, const Batch& batch) {
  return at::cross_entropy_loss(model.forward(to_input(batch, at::kCPU)).flatten(0, 1),
                                answers_of(batch, at::kCPU));
}

/// Deals the answers of a batch to other questions, by a draw of its own.
void shuffle_answers(Batch& batch, uint64_t step) {
  const auto count = static_cast<int>(batch.answer.size());
  const auto order = Draw(0, step, fnv32("shuffled labels")).distinct(count, count);
  const auto before = batch.answer;
  for (int i = 0; i < count; ++i) batch.answer[i] = before[static_cast<size_t>(order[i])];
}

Gate shuffled_labels(const Run& run) {
  auto model = small_model(run, run.model.layers, at::kFloat);
  model.parameters().track_gradients();
  AdamW optimiser(model.parameters());
  const auto G = static_cast<uint64_t>(run.training.cohort);
  for (int64_t step = 1; step <= kShuffledSteps; ++step) {
    auto batch = cohort_at(*run.task, run.train_stream(), static_cast<uint64_t>(step) * G);
    shuffle_answers(batch, static_cast<uint64_t>(step));
    batch_loss(model, batch).backward();
    optimiser.step(learning_rate(step, 2 * kShuffledSteps, 50, run.training.rate));
  }
  const auto found = evaluate(model, run, Split::val, 2048);
  const double floor = run.task->floors().front().accuracy;
  const double error = std::sqrt(floor * (1 - floor) / static_cast<double>(found.total.asked));
  const double accuracy = found.total.accuracy();
  return {"shuffled labels",
          fmt::format("accuracy {:.4f} after {} steps of {}; with nothing known {:.4f}, SE {:.4f}",
                      accuracy,
                      kShuffledSteps,
                      run.arm(),
                      floor,
                      error),
          accuracy <= floor + 3 * error};
}

Gate gradients(const std::vector<Run>& runs) {
  double worst = 1;
  for (const auto& run : runs) {
    auto model = small_model(run, run.model.layers, at::kDouble);
    const auto batch = few_strings(run, 2);
    model.parameters().track_gradients();
    batch_loss(model, batch).backward();
    const c10::NoGradGuard no_grad;
    auto values = model.parameters().values();
    const auto exact = model.parameters().gradients().clone();
    double product = 0, ours = 0, theirs = 0;
    for (int64_t i = 0; i < kEntries; ++i) {
      const auto index = i * 7919 % values.numel();
      auto entry = values[index];
      const auto before = entry.clone();
      const auto loss_at = [&](double step) {
        entry.copy_(before + step);
        return batch_loss(model, batch).item<double>();
      };
      const double difference = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
      entry.copy_(before);
      const double gradient = exact[index].item<double>();
      product += gradient * difference;
      ours += gradient * gradient;
      theirs += difference * difference;
    }
    worst = std::min(worst, product / std::sqrt(ours * theirs));
  }
  return {"gradients",
          fmt::format("cosine {:.9f} or more with central differences over {} entries of {} models",
                      worst,
                      kEntries,
                      runs.size()),
          worst >= 0.999999};
}

/// Tokens at positions 0, 1, ..
Input one_text(const std::vector<int64_t>& tokens) {
  std::vector<int64_t> positions(tokens.size());
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<int64_t>(i);
  return {at::tensor(tokens).unsqueeze(0), at::tensor(positions), {}, {}};
}

/// A string and one of its blocks.
std::vector<int64_t> tokens_of(const Sample& sample, size_t query) {
  std::vector<int64_t> tokens(sample.string.begin(), sample.string.end());
  const auto& block = sample.queries[query].tokens;
  tokens.insert(tokens.end(), block.begin(), block.end());
  return tokens;
}

Sample first_sample(const Run& run) {
  return sample_at(*run.task, run.evaluation_stream(Split::val), 0);
}

Gate causality(const std::vector<Run>& runs) {
  const c10::NoGradGuard no_grad;
  double leak = 0;
  for (const auto& run : runs) {
    const auto model = small_model(run, run.model.layers, at::kDouble);
    const auto tokens = tokens_of(first_sample(run), 0);
    const auto before = model.forward(one_text(tokens))[0];
    for (size_t j = 1; j < tokens.size(); ++j) {
      auto changed = tokens;
      changed[j] = (changed[j] + 1) % run.model.vocabulary;
      const auto after = model.forward(one_text(changed))[0];
      const auto moved = (after - before).narrow(0, 0, static_cast<int64_t>(j)).abs().max();
      leak = std::max(leak, moved.item<double>());
    }
  }
  return {"causality",
          fmt::format("changing a token moved earlier logits by {:.1e} at most", leak),
          leak == 0};
}

Gate order(const std::vector<Run>& runs) {
  const c10::NoGradGuard no_grad;
  auto run = runs.front();
  run.model.encoding = "nope";
  run.model.encoding_options = {};
  const auto model = small_model(run, 1, at::kDouble);
  auto tokens = tokens_of(first_sample(run), 0);
  const auto n = static_cast<int64_t>(first_sample(run).string.size());
  const auto before = model.forward(one_text(tokens))[0][-1];
  std::reverse(tokens.begin(), tokens.begin() + n);
  const auto after = model.forward(one_text(tokens))[0][-1];
  const double moved = (after - before).abs().max().item<double>();
  return {"order",
          fmt::format("without encoding, reversing the string moved the answer's logits by {:.1e}",
                      moved),
          moved < 1e-5};
}

Gate packing(const std::vector<Run>& runs) {
  const c10::NoGradGuard no_grad;
  double worst = 0;
  for (const auto& run : runs) {
    const auto model = small_model(run, run.model.layers, at::kDouble);
    const auto batch = few_strings(run, 2);
    const auto packed = model.forward(to_input(batch, at::kCPU));  // [B, Q, V]
    for (size_t b = 0; b < batch.samples.size(); ++b) {
      for (size_t q = 0; q < batch.samples[b].queries.size(); ++q) {
        const auto single = model.forward(one_text(tokens_of(batch.samples[b], q)))[0][-1];
        const auto together = packed[static_cast<int64_t>(b)][static_cast<int64_t>(q)];
        worst = std::max(worst, (together - single).abs().max().item<double>());
      }
    }
  }
  return {
      "packing",
      fmt::format("logits of packed questions differ from single ones by {:.1e} at most", worst),
      worst < 1e-10};
}

Gate parameter_counts(const std::vector<Run>& runs) {
  std::vector<int64_t> shared;
  for (const auto& run : runs) {
    const auto& row = encoding_row(run.model.encoding);
    int64_t count = 0, own = 0;
    for (const auto& spec : parameter_specs(run.model)) count += spec.size();
    const EncodingSetting setting{
        run.model.heads, run.model.key_heads, run.model.head_width, run.model.encoding_options};
    for (const auto& spec : row.layer_parameters(setting)) own += spec.size() * run.model.layers;
    if (row.embedding_parameters != nullptr) {
      for (const auto& spec :
           row.embedding_parameters(run.model.encoding_options, run.model.width)) {
        own += spec.size();
      }
    }
    shared.push_back(count - own);
  }
  const auto [least, most] = std::ranges::minmax(shared);
  return {"parameters",
          fmt::format("{} in every model besides the encoding's own", most),
          least == most};
}

/// Trains a small copy of the run in `folder`; with `pause` it stops there first and is resumed.
std::string train_small(const Run& run, const std::filesystem::path& folder, int64_t pause) {
  TrainOptions options;
  options.run = run.options;
  auto& sizes = options.run.training_options;
  sizes = {{"width", "16"},
           {"heads", "2"},
           {"layers", "1"},
           {"strings", "8"},
           {"cohort", "8"},
           {"queries", "2"},
           {"steps", "24"},
           {"warm-up", "4"},
           {"evaluate-every", "8"},
           {"validation-answers", "64"},
           {"test-answers", "64"},
           {"fixed-strings", "0"},
           {"dtype", run.training.dtype}};
  options.device = "cpu";
  options.out = folder;
  options.resume = true;
  int64_t step = 0;
  train(options,
        {[&](const TrainProgress& progress) { step = progress.step; },
         [&] { return step == pause; }});
  if (pause > 0) train(options);
  return read_file(folder / "model.safetensors");
}

std::filesystem::path temporary_folder() {
  const char* const chosen = std::getenv("TMPDIR");
  const std::filesystem::path parent = chosen != nullptr ? chosen : "/tmp";
  auto name = (parent / "whatwhere-gate-XXXXXX").string();
  check(mkdtemp(name.data()) != nullptr,
        "{}: no temporary folder can be made there: {}; set TMPDIR to a folder that can be written",
        parent.string(),
        std::strerror(errno));
  return name;
}

Gate resume(const Run& run) {
  const auto folder = temporary_folder();
  const auto whole = train_small(run, folder / "whole", 0);
  bool equal = true;
  for (const int64_t pause : {3, 8, 17}) {
    equal = equal && whole == train_small(run, folder / std::to_string(pause), pause);
  }
  std::filesystem::remove_all(folder);
  return {"resume",
          fmt::format("{} stopped at step 3, 8 and 17 and resumed: {} bits",
                      run.arm(),
                      equal ? "the same" : "other"),
          equal};
}

}  // namespace

std::vector<Gate> model_gates(const std::vector<Run>& runs) {
  return {shuffled_labels(runs.front()),
          gradients(runs),
          causality(runs),
          order(runs),
          packing(runs),
          same_place_gate(runs.front()),
          kernel_gate(runs.front()),
          parameter_counts(runs),
          resume(runs.front())};
}

}  // namespace ww
