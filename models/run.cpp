#include "models/run.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/philox.hpp"
#include "models/config_json.hpp"
#include "models/decoder.hpp"
#include "models/device.hpp"

namespace ww {

namespace {

constexpr int64_t kWidestPositions = 1 << 16;  // each string draws its own from all of them

TrainingPreset resolve_training(const RunOptions& options) {
  auto training = training_preset(options.preset);
  const auto names = option_names<TrainingPreset>();
  for (const auto& [name, value] : options.training_options) {
    check(std::ranges::find(names, name) != names.end(),
          "training has no option --{}; it knows: --{}",
          name,
          fmt::join(names, ", --"));
  }
  apply_overrides(options.training_options, training);
  return training;
}

void check_training(const TrainingPreset& t) {
  check(t.width > 0 && t.heads > 0 && t.layers > 0,
        "--width, --heads and --layers must be positive but got {}, {} and {}",
        t.width,
        t.heads,
        t.layers);
  check(t.width % t.heads == 0,
        "{} heads don't divide a width of {}; choose --heads or --width anew",
        t.heads,
        t.width);
  check(t.queries > 0 && t.queries <= kMostQueries,
        "--queries must be from 1 to {} but got {}",
        kMostQueries,
        t.queries);
  check(t.strings > 0 && t.cohort > 0 && t.strings % t.cohort == 0,
        "--strings must be a positive multiple of --cohort but got {} and {}",
        t.strings,
        t.cohort);
  check(t.steps > 0 && t.warm_up > 0 && t.evaluate_every > 0 && t.validation_answers > 0 &&
            t.test_answers > 0,
        "--steps, --warm-up, --evaluate-every, --validation-answers and --test-answers must be "
        "positive");
  check(t.rate > 0, "--lr must be positive but got {}", t.rate);
  check(t.solved_at > 0 && t.solved_at <= 1,
        "--solved-at must be above 0 and at most 1 but got {}",
        t.solved_at);
  (void)type_of(t.dtype);  // refuses what is none
  const auto G = static_cast<uint64_t>(t.cohort);
  check(t.fixed_strings % G == 0,
        "--fixed-strings must be a multiple of --cohort but got {} and {}",
        t.fixed_strings,
        G);
}

ModelConfig model_of(const RunOptions& options, const TrainingPreset& t, const Task& task) {
  const auto& row = encoding_row(options.encoding);
  auto overrides = options.encoding_options;
  if (row.reads("pope-delta")) overrides.emplace("pope-delta", t.delta);
  ModelConfig model;
  model.vocabulary = static_cast<int64_t>(task.vocabulary().size());
  model.width = t.width;
  model.layers = t.layers;
  model.heads = model.key_heads = t.heads;
  model.head_width = t.width / t.heads;
  model.hidden = 4 * t.width;
  model.encoding = options.encoding;
  model.encoding_options = encoding_options(row, overrides);
  parameter_specs(model);  // refuses what cannot work
  return model;
}

nlohmann::json strings(const Overrides& overrides) { return nlohmann::json(overrides); }

}  // namespace

Run resolve(const RunOptions& options) {
  Run run;
  run.options = options;
  if (run.options.data_seed < 0) run.options.data_seed = static_cast<int64_t>(options.seed);
  run.training = resolve_training(options);
  check_training(run.training);
  run.task = make_task(options.task, options.preset, options.task_options);
  run.model = model_of(options, run.training, *run.task);
  check(options.random_positions >= 0 && options.random_positions <= kWidestPositions,
        "--random-positions must be from 0 (off) to {} but got {}",
        kWidestPositions,
        options.random_positions);
  return run;
}

Stream Run::train_stream() const {
  return {.split = Split::train,
          .seed = static_cast<uint64_t>(options.data_seed),
          .cohort = training.cohort,
          .queries = training.queries,
          .strings = training.fixed_strings};
}

Stream Run::evaluation_stream(Split split) const { return {.split = split}; }

std::string Run::arm() const {
  auto name = options.encoding;
  for (const auto& [option, value] : options.encoding_options) {
    name += fmt::format(" {}={}", option, value);
  }
  return name;
}

nlohmann::json Run::config() const {
  return {{"format", "whatwhere-model"},
          {"version", 1},
          {"model", model_to_json(model)},
          {"task",
           {{"name", options.task},
            {"preset", options.preset},
            {"options", strings(options.task_options)},
            {"text", stream_text(*task, train_stream())}}},
          {"training",
           {{"options", strings(options.training_options)},
            {"encoding_options", strings(options.encoding_options)},
            {"resolved", fields_to_json(training)},
            {"seed", options.seed},
            {"data_seed", options.data_seed},
            {"random_positions", options.random_positions}}}};
}

RunOptions run_options_from(const nlohmann::json& config, const std::string& where) {
  RunOptions options;
  const auto& task = member(config, "task", where);
  const auto& training = member(config, "training", where);
  read_member(task, "name", options.task, where);
  read_member(task, "preset", options.preset, where);
  read_member(task, "options", options.task_options, where);
  read_member(member(config, "model", where), "encoding", options.encoding, where);
  read_member(training, "options", options.training_options, where);
  read_member(training, "encoding_options", options.encoding_options, where);
  read_member(training, "seed", options.seed, where);
  read_member(training, "data_seed", options.data_seed, where);
  read_member(training, "random_positions", options.random_positions, where);
  return options;
}

std::string config_hash(const nlohmann::json& config) {
  return fmt::format("{:016x}", fnv64(config.dump()));
}

}  // namespace ww
