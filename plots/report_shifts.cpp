// report_shifts.cpp: test accuracy by the shift that was asked for, with Wilson's intervals.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plots/colours.hpp"
#include "plots/panels.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kLeft = 48, kTop = 6, kWidth = 460, kHeight = 200, kRight = 12, kBelow = 44;

/// Right and asked of an arm's runs together, by shift.
std::map<int64_t, SliceCount> by_shift(const Arm& arm) {
  std::map<int64_t, SliceCount> counts;
  for (const auto* run : arm.runs) {
    const auto* test = run->main_test();
    if (test == nullptr || !test->slices.contains("shift")) continue;
    for (const auto& slice : test->slices.at("shift")) {
      auto& count = counts[slice.value];
      count.right += slice.right;
      count.asked += slice.asked;
    }
  }
  return counts;
}

std::set<int64_t> shifts_of(const TaskRuns& task) {
  std::set<int64_t> shifts;
  for (const auto& arm : task.arms) {
    for (const auto& [shift, count] : by_shift(arm)) shifts.insert(shift);
  }
  return shifts;
}

void draw_share(Canvas& canvas,
                const Box& box,
                const Arm& arm,
                double x,
                int64_t shift,
                const SliceCount& count) {
  const auto y = percent_scale(box);
  const auto interval = wilson(count.right, count.asked);
  const double share = static_cast<double>(count.right) / static_cast<double>(count.asked);
  canvas.line({x, y(100 * interval.low)},
              {x, y(100 * interval.high)},
              {.colour = arm.colour, .width = 1.4});
  canvas.circle({x, y(100 * share)},
                3.2,
                arm.colour,
                {fmt::format("{}, shift {:+}: {} of {}",
                             arm.name,
                             shift,
                             share_with_interval(count.right, count.asked),
                             count.asked),
                 {}});
}

void draw_shifts(Canvas& canvas, const Box& box, const TaskRuns& task) {
  const auto shifts = shifts_of(task);
  const double column = box.width / static_cast<double>(shifts.size());
  const auto centre = [&](int64_t shift) {
    const auto place = std::distance(shifts.begin(), shifts.find(shift));
    return box.x + (static_cast<double>(place) + 0.5) * column;
  };
  const auto stride = static_cast<int64_t>(shifts.size() / 16 + 1);
  for (const auto shift : shifts) {
    if (shift % stride != 0) continue;
    canvas.text({centre(shift), box.bottom() + 15},
                shift == 0 ? "0" : fmt::format("{:+}", shift),
                {.size = 10, .anchor = Anchor::middle, .colour = kQuiet});
  }
  const auto n = static_cast<double>(task.arms.size());
  for (size_t i = 0; i < task.arms.size(); ++i) {
    const double aside = ((static_cast<double>(i) + 0.5) / n - 0.5) * std::min(column * 0.7, 60.0);
    for (const auto& [shift, count] : by_shift(task.arms[i])) {
      draw_share(canvas, box, task.arms[i], centre(shift) + aside, shift, count);
    }
  }
}

std::optional<Figure> shifts_figure(const TaskRuns& task) {
  if (shifts_of(task).size() < 2) return std::nullopt;
  const auto legend = arm_legend(task, kWidth);
  const Box box{kLeft, kTop + legend.height() + 12, kWidth, kHeight};
  return Figure{"Accuracy by shift of " + task.title,
                {kLeft + kWidth + kRight, box.bottom() + kBelow},
                [&task, legend, box](Canvas& canvas) {
                  legend.draw(canvas, {kLeft, kTop});
                  draw_percent_axis(canvas, box, "test accuracy (%)");
                  canvas.text({box.x + box.width / 2, box.bottom() + 34},
                              "shift from the source to the answer (places)",
                              {.size = 11, .anchor = Anchor::middle});
                  draw_shifts(canvas, box, task);
                }};
}

}  // namespace

Markup report_shifts(const ReportData& data) {
  return task_panels(
      data,
      "All runs of an encoding together; bars are Wilson's 95 % intervals. Equal accuracy at all "
      "shifts shows that the model uses the shift; a peak at 0 shows that it finds the source and "
      "copies it.",
      shifts_figure);
}

}  // namespace ww
