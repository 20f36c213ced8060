// train.hpp: one training run in one folder, on the CPU or a GPU with the same code.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "models/processes/communicator.hpp"
#include "models/run.hpp"

namespace ww {

struct TrainOptions {
  RunOptions run;
  std::filesystem::path out;  // the run's folder
  std::string device = "auto";
  int64_t threads = 1;
  std::string kernels = "auto";  // auto, fused, library or plain: see fused/choice.hpp
  std::string launch = "eager";  // eager, graph or auto: see graphs/choice.hpp
  /// The host runs ahead of the device: losses are read at evaluations and checkpoints alone, and
  /// a thread of its own makes the next cohorts. Unset: on a GPU.
  std::optional<bool> run_ahead;
  bool resume = false;                // go on in a folder that exists, or start where there is none
  std::string command, code_version;  // for the record
};

/// Where a run stands, for whoever shows it.
struct TrainProgress {
  int64_t step = 0, steps = 0;
  /// Nats per answer: the mean since the last evaluation, on a GPU up to it; NaN before.
  double train_loss = 0;
  std::optional<double> val_accuracy;
};

struct TrainHooks {
  std::function<void(const TrainProgress&)> report{};  // after every step
  std::function<bool()> stop{};                        // asked after every step: save and stop?
  std::function<void(const std::string&)> note{};      // what a user should know, a sentence
};

struct TrainResult {
  bool finished = false;  // false: stopped by the hook, resume goes on
  int64_t step = 0;
  std::string label;  // SOLVED, CLIMBING, STALLED, TOO SHORT
  std::optional<int64_t> solved_step;
  double test_accuracy = 0;
};

/// Trains, evaluates, and writes the folder (see checkpoint.hpp). A finished run is not trained
/// again. Of several processes each takes its share of every step, on the CPU to the same bits as
/// one; the folder is rank 0's, others need not see it. Throws InputError where the folder exists
/// without `resume`, is in use by another process, belongs to another configuration or is damaged,
/// and where the loss is no longer finite.
TrainResult train(const TrainOptions& options, const TrainHooks& hooks, Communicator& all);
TrainResult train(const TrainOptions& options, const TrainHooks& hooks = {});

}  // namespace ww
