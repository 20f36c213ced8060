// convergence.hpp: what a learning curve says about a run: solved, still climbing, or at a halt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ww {

/// One evaluation of a run.
struct EvaluationPoint {
  int64_t step = 0;
  double train_loss = 0;  // mean of the steps since the evaluation before, nats per answer
  double accuracy = 0;    // validation, 0 to 1
};

/// How a run ended, from its validation curve alone.
struct Outcome {
  std::optional<int64_t> solved_step;  // first of two evaluations running at the threshold or above
  std::optional<int64_t> lift_step;    // first above half way from the plateau to 1
  std::string label;                   // SOLVED, CLIMBING, STALLED
  bool lost = false;  // solved once, but the last evaluation is below the threshold
};

/// `threshold` and `plateau` are accuracies, 0 to 1. A run that is not SOLVED is CLIMBING while its
/// training loss falls by more than noise over the last quarter of its evaluations, else STALLED.
Outcome outcome_of(const std::vector<EvaluationPoint>& history, double threshold, double plateau);

/// Whether losses at evenly spaced evaluations still fall: a line is fitted; its fall over the
/// window must exceed both 2 % of the mean loss and twice the standard error of that fall.
bool still_falls(const std::vector<double>& losses);

}  // namespace ww
