// sweep.hpp: many training runs, each in a process of its own: a crash costs one run, and one
// thread a run uses the cores better than several.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/train.hpp"

namespace ww {

/// The words of the `whatwhere train` that does this run, after the program's name.
std::vector<std::string> train_arguments(const TrainOptions& options);

/// In a process that run_sweep() started: ends with its parent, however that ends, as by SIGTERM.
void end_with_parent();

struct SweepProgress {
  int64_t finished = 0, runs = 0;
  int64_t steps_done = 0, steps = 0;  // of all runs together, as of their last evaluations
};

struct SweepHooks {
  std::function<void(const SweepProgress&)> report;  // a few times a second
  std::function<bool()> stop;                        // true: ask the running ones to save and stop
};

struct SweepResult {
  bool complete = true;                     // false: stopped before the end
  std::vector<std::filesystem::path> lost;  // runs that a signal ended before they had saved
};

/// Runs every item with at most `jobs` at a time; finished ones are skipped. Each run's own output
/// goes to FOLDER.log beside its folder. Throws
/// InputError with the last line of a run that failed, after the others at work have ended.
SweepResult run_sweep(const std::vector<TrainOptions>& items,
                      int64_t jobs,
                      const SweepHooks& hooks);

}  // namespace ww
