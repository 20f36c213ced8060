// synthetic_records.hpp: run records as training writes them, made up by a formula: each accuracy
// rises from the first floor to `final`, so that what a reader finds in them is known.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.hpp"

namespace ww::test {

using Json = nlohmann::ordered_json;

struct SyntheticRun {
  std::string task = "indirect", arm = "rope";
  int64_t seed = 1, steps = 1500, every = 250;
  double final = 0.7;  // accuracy at the end; from .95 on the run solves
  bool closed = true;
  std::string date = "2026-01-02T03:04:05Z";
};

inline Json synthetic_floors(const std::string& task) {
  const auto floor = [](const char* view, double accuracy, bool plateau = false) {
    return Json{
        {"view", view}, {"accuracy", accuracy}, {"standard_error", 0}, {"plateau", plateau}};
  };
  if (task == "what-tag") {
    return {floor("nothing", 0.125), floor("the most frequent value of the string", 0.3037, true)};
  }
  if (task == "where-back") {
    return {floor("nothing", 0.0625),
            floor("the last letter, whatever the place", 0.1964),
            floor("the bag of the string", 0.2346),
            floor("the place, not the length: every string taken for the shortest", 0.25),
            floor("the bag of the last 7 letters", 0.2721),
            floor("the place, up to one", 0.4141, true)};
  }
  return {floor("nothing", 0.0625),
          floor("a letter of the string", 0.1021),
          floor("best fixed distance from the end", 0.1097),
          floor("source, not shift", 0.3577),
          floor("shift, not source", 0.1097),
          floor("what plateau, low: shift 0 right, else another letter of the string", 0.4308),
          floor("what plateau, high: shift 0 right, else another letter in reach", 0.7154, true),
          floor("source and sign of the shift", 1),
          floor("source, sign and number of digits", 1),
          floor("right up to one place", 0.3577),
          floor("source and size of the shift, no sign", 0.7154)};
}

inline double synthetic_plateau(const std::string& task) {
  return task == "what-tag" ? 0.3037 : task == "where-back" ? 0.4141 : 0.7154;
}

inline Json synthetic_header(const SyntheticRun& run) {
  return {{"type", "header"},
          {"format", "whatwhere-record"},
          {"version", 1},
          {"task", run.task},
          {"task_text", run.task + " A=16 n=8..12"},
          {"preset", "smoke"},
          {"overrides", Json::object()},
          {"encoding", run.arm.substr(0, run.arm.find(' '))},
          {"arm", run.arm},
          {"config_hash", "9f"},
          {"parameters", 98432},
          {"seeds", {{"init", run.seed}, {"data", run.seed}, {"evaluation", 0}}},
          {"code_version", "0.1.0"},
          {"device", "cpu"},
          {"threads", 1},
          {"dtype", "float32"},
          {"machine", "a <machine> & more"},
          {"date", run.date},
          {"command",
           fmt::format("whatwhere train --task {} --encoding {} --seed {} -o runs/{}-{}-{}",
                       run.task,
                       run.arm.substr(0, run.arm.find(' ')),
                       run.seed,
                       run.task,
                       run.arm.substr(0, run.arm.find(' ')),
                       run.seed)},
          {"steps", run.steps},
          {"solved_at", 0.95},
          {"rate", 0.002},
          {"floors", synthetic_floors(run.task)},
          {"plateau", synthetic_plateau(run.task)}};
}

inline double synthetic_accuracy(const SyntheticRun& run, int64_t step) {
  const double start = synthetic_floors(run.task)[0]["accuracy"];
  const double share = static_cast<double>(step) / static_cast<double>(run.steps);
  const double bend =
      1 / (1 + std::exp(-14 * (share - 0.35 - 0.04 * static_cast<double>(run.seed))));
  return start + (run.final - start) * bend;
}

inline Json synthetic_evaluation(const SyntheticRun& run, int64_t step) {
  const double accuracy = synthetic_accuracy(run, step);
  return {{"type", "eval"},
          {"step", step},
          {"seconds", 0.0125 * static_cast<double>(step)},
          {"train_loss", 2 - accuracy},
          {"val_loss", 2.1 - accuracy},
          {"val_acc", accuracy},
          {"val_acc_nonzero", nullptr},
          {"by_shift", Json::array()},
          {"rate", 0.001},
          {"grad_norm", 0.8},
          {"delta_clamped", nullptr},
          {"answers_per_s", 20000 + step},
          {"tokens_per_s", 60000}};
}

inline Json synthetic_test(const SyntheticRun& run) {
  const int64_t asked = 2048, right = std::llround(run.final * static_cast<double>(asked));
  Json slices = Json::object();
  Json errors = nullptr;
  if (run.task == "indirect") {
    for (const int shift : {-1, 0, 1}) {
      const double share = shift == 0 ? std::max(run.final, 0.97) : run.final * 0.95;
      slices["shift"].push_back(
          {{"value", shift}, {"right", std::llround(share * 680)}, {"asked", 680}});
    }
    const auto wrong = static_cast<double>(asked - right);
    errors = {{"source copied", std::floor(wrong * 0.4)},
              {"off by one", std::floor(wrong * 0.1)},
              {"right size, wrong sign", std::floor(wrong * 0.3)},
              {"right side, in reach", 0},
              {"in reach", std::floor(wrong * 0.1)},
              {"in the string", std::floor(wrong * 0.05)},
              {"absent", std::floor(wrong * 0.05)}};
  }
  return {{"type", "test"},
          {"axis", "main"},
          {"condition", ""},
          {"right", right},
          {"asked", asked},
          {"slices", slices},
          {"pointer_errors", errors},
          {"shift_table", nullptr}};
}

inline Json synthetic_closing(const SyntheticRun& run, Json solved_step) {
  const bool solved = !solved_step.is_null();
  return {{"type", "close"},
          {"steps", run.steps},
          {"seconds", 0.0125 * static_cast<double>(run.steps)},
          {"peak_memory", 400000000},
          {"solved_step", solved_step},
          {"lift_step", nullptr},
          {"stopped", solved ? "solved" : "budget"},
          {"label",
           solved            ? "SOLVED"
           : run.final > 0.6 ? "CLIMBING"
                             : "STALLED"},
          {"lost", false},
          {"train_strings", 48000},
          {"train_repeats", 12},
          {"overlap", 0}};
}

/// The record's text: a line an object. A run solves at the first evaluation of at least .95.
inline std::string synthetic_record(const SyntheticRun& run) {
  std::string text = synthetic_header(run).dump() + "\n";
  Json solved_step = nullptr;
  for (int64_t step = run.every; step <= run.steps; step += run.every) {
    text += synthetic_evaluation(run, step).dump() + "\n";
    if (solved_step.is_null() && synthetic_accuracy(run, step) >= 0.95) solved_step = step;
  }
  if (!run.closed) return text;
  return text + synthetic_test(run).dump() + "\n" + synthetic_closing(run, solved_step).dump() +
         "\n";
}

/// Writes FOLDER/runs/TASK-ARM-SEED/record.jsonl and returns its path.
inline std::filesystem::path write_synthetic(const std::filesystem::path& folder,
                                             const SyntheticRun& run) {
  const auto place = folder / "runs" / fmt::format("{}-{}-{}", run.task, run.arm, run.seed);
  std::filesystem::create_directories(place);
  write_file(place / "record.jsonl", synthetic_record(run));
  return place / "record.jsonl";
}

/// Three tasks, three arms, `seeds` seeds each.
inline void write_synthetic_sweep(const std::filesystem::path& folder, int64_t seeds) {
  const std::vector<std::string> tasks = {"where-back", "what-tag", "indirect"};
  for (size_t t = 0; t < tasks.size(); ++t) {
    for (int64_t seed = 1; seed <= seeds; ++seed) {
      const auto date = fmt::format("2026-01-02T0{}:00:00Z", t);
      const double nope = tasks[t] == "what-tag" ? 0.99 : tasks[t] == "indirect" ? 0.52 : 0.27;
      write_synthetic(folder,
                      {.task = tasks[t], .arm = "nope", .seed = seed, .final = nope, .date = date});
      write_synthetic(folder,
                      {.task = tasks[t],
                       .arm = "rope",
                       .seed = seed,
                       .final = tasks[t] == "indirect" ? 0.78 : 0.985,
                       .date = date});
      write_synthetic(
          folder,
          {.task = tasks[t], .arm = "pope delta=zero", .seed = seed, .final = 0.99, .date = date});
    }
  }
}

}  // namespace ww::test
