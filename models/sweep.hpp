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

struct SweepProgress {
  int64_t finished = 0, runs = 0;
  int64_t steps_done = 0, steps = 0;  // of all runs together, as of their last evaluations
};

struct SweepHooks {
  std::function<void(const SweepProgress&)> report;  // a few times a second
  std::function<bool()> stop;                        // true: ask the running ones to save and stop
};

/// Runs every item with at most `jobs` at a time; finished ones are skipped. Each run's own output
/// goes to FOLDER.log beside its folder. Returns false where it was stopped before the end. Throws
/// InputError with the last line of a run that failed, after the others at work have ended.
bool run_sweep(const std::vector<TrainOptions>& items, int64_t jobs, const SweepHooks& hooks);

}  // namespace ww
