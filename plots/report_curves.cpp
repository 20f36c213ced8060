// report_curves.cpp: validation accuracy against steps, a line a run.

#include <fmt/format.h>

#include <algorithm>

#include "plots/panels.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kLeft = 48, kTop = 6, kWidth = 300, kHeight = 250, kRight = 200, kBelow = 44;

/// The last step that any run of the task was evaluated at, or its budget where none was.
double last_step(const TaskRuns& task) {
  int64_t last = 0, budget = 0;
  for (const auto& arm : task.arms) {
    budget = std::max(budget, arm.steps);
    for (const auto* run : arm.runs) {
      if (!run->evaluations.empty()) last = std::max(last, run->evaluations.back().step);
    }
  }
  return static_cast<double>(last > 0 ? last : budget);
}

void draw_run(
    Canvas& canvas, const Arm& arm, const RunRecord& run, const Scale& x, const Scale& y) {
  std::vector<Point> points;
  for (const auto& evaluation : run.evaluations) {
    points.push_back({x(static_cast<double>(evaluation.step)), y(100 * evaluation.val_acc)});
  }
  if (points.size() > 1) canvas.polyline(points, {.colour = arm.colour, .width = 1.8});
  for (size_t i = 0; i < points.size(); ++i) {
    const auto& evaluation = run.evaluations[i];
    canvas.circle(
        points[i],
        2.2,
        arm.colour,
        {fmt::format(
             "{}, step {}: {}", run_name(arm, run), evaluation.step, percent(evaluation.val_acc)),
         {}});
  }
}

/// The task with the arms that have a curve.
TaskRuns trained_arms(TaskRuns task) {
  std::erase_if(task.arms, [](const auto& arm) { return !arm.trained; });
  return task;
}

std::optional<Figure> curves_figure(const TaskRuns& task) {
  if (!task.trained()) return std::nullopt;
  const auto legend = arm_legend(trained_arms(task), kWidth + kRight);
  const Box box{kLeft, kTop + legend.height() + 12, kWidth, kHeight};
  const Size size{kLeft + kWidth + kRight, box.bottom() + kBelow};
  return Figure{"Learning curves of " + task.title, size, [&task, legend, box](Canvas& canvas) {
                  const Scale x{
                      .low = 0, .high = last_step(task), .from = box.x, .to = box.right()};
                  legend.draw(canvas, {kLeft, kTop});
                  draw_percent_axis(canvas, box, "validation accuracy (%)");
                  draw_x_axis(canvas, box, x, {.label = "step", .ticks = 4, .label_gap = 34});
                  draw_rungs(canvas, box, task.rungs, kRight, 1);
                  for (const auto& arm : task.arms) {
                    for (const auto* run : arm.runs) {
                      draw_run(canvas, arm, *run, x, percent_scale(box));
                    }
                  }
                }};
}

}  // namespace

Markup report_curves(const ReportData& data) {
  return task_panels(
      data,
      "Each line is a run, each dot an evaluation. Dashed lines are the floors of shortcuts; the "
      "thickest is the plateau. A run that was stopped once it had solved the task ends early.",
      curves_figure);
}

}  // namespace ww
