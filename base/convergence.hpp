// convergence.hpp: what a training run's record says about where it stands: solved, still
// climbing, stalled, or too short to tell. "Climbing" never supports "cannot"; "stalled" reads "not
// within N steps".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ww {

/// One evaluation of a run.
struct Progress {
  int64_t step = 0;
  double train_loss = 0;  // mean over the steps since the evaluation before, nats
  double accuracy = 0;    // on the validation split, 0 to 1
};

enum class Label { solved, climbing, stalled, too_short };
/// SOLVED, CLIMBING, STALLED, TOO SHORT: fewer evaluations than a line needs.
const char* label_name(Label label);

struct Convergence {
  Label label = Label::too_short;
  bool lost = false;                   // solved once, but not at the last evaluation
  std::optional<int64_t> solved_step;  // the first of two evaluations running at the threshold
  std::optional<int64_t> lift_step;    // the first evaluation above (plateau + 1) / 2
};

/// The line through the losses of the last quarter of the evaluations, at least five where there
/// are so many: `fall` over its window, and the noise that a fall must exceed, 2 SE(slope) x
/// window.
struct LossTrend {
  double fall = 0, noise = 0, mean = 0;  // nats
  bool known = false;                    // three evaluations or more
  bool climbing = false;                 // fall > max(0.02 mean, noise)
};

/// With fewer than three evaluations a line says nothing: not climbing.
LossTrend loss_trend(std::span<const Progress> evaluations);

/// Throws InputError where a loss or an accuracy is not finite, or steps do not rise.
Convergence convergence(std::span<const Progress> evaluations, double threshold, double plateau);

}  // namespace ww
