// report_ladder.cpp: every run's test accuracy beside the floors.

#include <fmt/format.h>

#include <algorithm>

#include "plots/colours.hpp"
#include "plots/panels.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kLeft = 48, kTop = 12, kWidth = 260, kHeight = 330, kRight = 250, kBelow = 28,
                 kBelowAslant = 84;
constexpr double kNameSize = 10.5;

double share_of(const TestResult& test) {
  return static_cast<double>(test.right) / static_cast<double>(test.asked);
}

void draw_dots(Canvas& canvas, const Box& box, const Arm& arm, double centre, double width) {
  const auto n = static_cast<double>(arm.runs.size());
  for (size_t i = 0; i < arm.runs.size(); ++i) {
    const auto* test = arm.runs[i]->main_test();
    if (test == nullptr) continue;
    const double aside = ((static_cast<double>(i) + 0.5) / n - 0.5) * width * 0.6;
    canvas.circle(
        {centre + aside, percent_scale(box)(100 * share_of(*test))},
        4.5,
        arm.colour,
        {fmt::format(
             "{}: {}", run_name(arm, *arm.runs[i]), share_with_interval(test->right, test->asked)),
         {}});
  }
}

double column_width(const TaskRuns& task) { return kWidth / static_cast<double>(task.arms.size()); }

/// Names stand below their columns, or aslant where one is wider than its column.
bool names_fit(const TaskRuns& task) {
  return std::all_of(task.arms.begin(), task.arms.end(), [&](const auto& arm) {
    return text_width(arm.name, kNameSize) < column_width(task) - 6;
  });
}

void draw_name(Canvas& canvas, const Box& box, const std::string& name, double x, bool fits) {
  canvas.text({x + (fits ? 0 : 5), box.bottom() + 16},
              name,
              {.size = kNameSize,
               .anchor = fits ? Anchor::middle : Anchor::end,
               .angle = fits ? 0.0 : -35.0});
}

bool tested(const TaskRuns& task) {
  for (const auto& arm : task.arms) {
    if (arm.answers().second > 0) return true;
  }
  return false;
}

std::optional<Figure> ladder_figure(const TaskRuns& task) {
  if (!tested(task)) return std::nullopt;
  const Box box{kLeft, kTop, kWidth, kHeight};
  return Figure{"Test accuracy and floors of " + task.title,
                {kLeft + kWidth + kRight, box.bottom() + (names_fit(task) ? kBelow : kBelowAslant)},
                [&task, box](Canvas& canvas) {
                  draw_percent_axis(canvas, box, "test accuracy (%)");
                  draw_rungs(canvas, box, task.rungs, kRight, 3);
                  const double width = column_width(task);
                  for (size_t i = 0; i < task.arms.size(); ++i) {
                    const double x = box.x + (static_cast<double>(i) + 0.5) * width;
                    draw_dots(canvas, box, task.arms[i], x, width);
                    draw_name(canvas, box, task.arms[i].name, x, names_fit(task));
                  }
                }};
}

}  // namespace

Markup report_ladder(const ReportData& data) {
  return task_panels(data,
                     "Each dashed line is a floor, the best accuracy (%) of a shortcut; each dot "
                     "is the accuracy of "
                     "one run on the test split.",
                     ladder_figure);
}

}  // namespace ww
