#include "base/convergence.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace ww {

const char* label_name(Label label) {
  constexpr const char* names[] = {"SOLVED", "CLIMBING", "STALLED", "TOO SHORT"};
  return names[static_cast<size_t>(label)];
}

LossTrend loss_trend(std::span<const Progress> evaluations) {
  constexpr size_t kLeast = 5;
  const size_t quarter = (evaluations.size() + 3) / 4;
  const auto last = evaluations.last(std::min(evaluations.size(), std::max(kLeast, quarter)));
  if (last.size() < 3) return {};
  const double n = static_cast<double>(last.size());
  double x_mean = 0, y_mean = 0, xx = 0, xy = 0, residuals = 0;
  for (const auto& each : last) {
    x_mean += static_cast<double>(each.step) / n;
    y_mean += each.train_loss / n;
  }
  for (const auto& each : last) {
    const double x = static_cast<double>(each.step) - x_mean;
    xx += x * x;
    xy += x * (each.train_loss - y_mean);
  }
  const double slope = xy / xx;
  for (const auto& each : last) {
    const double fitted = y_mean + slope * (static_cast<double>(each.step) - x_mean);
    residuals += (each.train_loss - fitted) * (each.train_loss - fitted);
  }
  const double window = static_cast<double>(last.back().step - last.front().step);
  LossTrend trend{.fall = -slope * window, .mean = y_mean, .known = true};
  trend.noise = 2 * std::sqrt(residuals / (n - 2) / xx) * window;
  trend.climbing = trend.fall > std::max(0.02 * y_mean, trend.noise);
  return trend;
}

static void check_record(std::span<const Progress> evaluations) {
  for (size_t i = 0; i < evaluations.size(); ++i) {
    const auto& each = evaluations[i];
    check(std::isfinite(each.train_loss) && std::isfinite(each.accuracy),
          "[convergence] the evaluation at step {} is not finite: loss {}, accuracy {}",
          each.step,
          each.train_loss,
          each.accuracy);
    check(i == 0 || each.step > evaluations[i - 1].step,
          "[convergence] the evaluation at step {} does not come after the one before it",
          each.step);
  }
}

Convergence convergence(std::span<const Progress> evaluations, double threshold, double plateau) {
  check_record(evaluations);
  Convergence result;
  for (size_t i = 0; i < evaluations.size(); ++i) {
    const auto& each = evaluations[i];
    if (!result.lift_step && each.accuracy > (plateau + 1) / 2) result.lift_step = each.step;
    const bool twice = i + 1 < evaluations.size() && each.accuracy >= threshold &&
                       evaluations[i + 1].accuracy >= threshold;
    if (!result.solved_step && twice) result.solved_step = each.step;
  }
  const bool holds = !evaluations.empty() && evaluations.back().accuracy >= threshold;
  if (result.solved_step && holds) {
    result.label = Label::solved;
    return result;
  }
  result.lost = result.solved_step.has_value();
  const auto trend = loss_trend(evaluations);
  result.label = !trend.known     ? Label::too_short
                 : trend.climbing ? Label::climbing
                                  : Label::stalled;
  return result;
}

}  // namespace ww
