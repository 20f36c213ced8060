// run.hpp: everything that one training run is made from, resolved and checked before any work.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/options.hpp"
#include "models/config.hpp"
#include "models/presets.hpp"
#include "tasks/batch.hpp"
#include "tasks/task.hpp"

namespace ww {

/// What the user asks for.
struct RunOptions {
  std::string task = "indirect", preset = "smoke", encoding = "rope";
  Overrides task_options, encoding_options, training_options;
  uint64_t seed = 1;       // of the parameters and, unless data_seed says otherwise, the data
  int64_t data_seed = -1;  // -1: as seed
  /// Positions are a sorted random subset of 0 .. this - 1, one a string; 0: 0, 1, 2, ..
  int64_t random_positions = 0;
};

/// The same, resolved. Evaluation streams have seed 0 in every run.
struct Run {
  RunOptions options;
  TrainingPreset training;
  std::shared_ptr<Task> task;
  ModelConfig model;

  Stream train_stream() const;
  Stream evaluation_stream(Split split) const;
  /// "pope pope-delta=uniform": the encoding and what the user set of it.
  std::string arm() const;
  /// The canonical text of all that decides the result; device and threads are not in it.
  nlohmann::json config() const;
};

/// Throws InputError for unknown names, options that contradict, and sizes that cannot work.
Run resolve(const RunOptions& options);

/// Reads config() back. `where` names the file in refusals; unknown keys are refused.
RunOptions run_options_from(const nlohmann::json& config, const std::string& where);

/// FNV-1a-64 of the config's text, in hexadecimal.
std::string config_hash(const nlohmann::json& config);

}  // namespace ww
