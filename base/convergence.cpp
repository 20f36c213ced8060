#include "base/convergence.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ww {

bool still_falls(const std::vector<double>& losses) {
  const auto n = static_cast<double>(losses.size());
  if (losses.size() < 3) return false;
  const double mean = std::accumulate(losses.begin(), losses.end(), 0.0) / n;
  const double centre = (n - 1) / 2;
  double covariance = 0, spread = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double x = static_cast<double>(i) - centre;
    covariance += x * (losses[i] - mean);
    spread += x * x;
  }
  const double slope = covariance / spread;
  double residual = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double fitted = mean + slope * (static_cast<double>(i) - centre);
    residual += (losses[i] - fitted) * (losses[i] - fitted);
  }
  const double error_of_slope = std::sqrt(residual / (n - 2) / spread);
  const double window = n - 1;
  return -slope * window > std::max(0.02 * mean, 2 * error_of_slope * window);
}

Outcome outcome_of(const std::vector<EvaluationPoint>& history, double threshold, double plateau) {
  Outcome outcome;
  for (size_t i = 0; i < history.size(); ++i) {
    const auto& point = history[i];
    if (!outcome.lift_step && point.accuracy > (plateau + 1) / 2) outcome.lift_step = point.step;
    const bool twice = i > 0 && point.accuracy >= threshold && history[i - 1].accuracy >= threshold;
    if (twice && !outcome.solved_step) outcome.solved_step = history[i - 1].step;
  }
  const bool holds = !history.empty() && history.back().accuracy >= threshold;
  outcome.lost = outcome.solved_step && !holds;
  const auto window = std::min(history.size(), std::max<size_t>(5, (history.size() + 3) / 4));
  std::vector<double> losses;
  for (auto i = history.size() - window; i < history.size(); ++i) {
    losses.push_back(history[i].train_loss);
  }
  outcome.label = outcome.solved_step && holds ? "SOLVED"
                  : still_falls(losses)        ? "CLIMBING"
                                               : "STALLED";
  return outcome;
}

}  // namespace ww
