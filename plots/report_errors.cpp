// report_errors.cpp: which place a wrong answer points to, a stacked bar an arm.

#include <fmt/format.h>

#include <algorithm>

#include "plots/colours.hpp"
#include "plots/panels.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kNames = 130, kTop = 6, kWidth = 360, kRow = 26, kBar = 16, kRight = 20,
                 kBelow = 44;

using Classes = std::vector<std::pair<std::string, double>>;

/// Nearest to the answer first, so that a colour means the same in every report; JSON objects have
/// no order of their own. Classes that are not listed stand behind these.
const std::vector<std::string>& class_order() {
  static const std::vector<std::string> order = {"source copied",
                                                 "off by one",
                                                 "right size, wrong sign",
                                                 "right side, in reach",
                                                 "in reach",
                                                 "in the string",
                                                 "absent"};
  return order;
}

/// Wrong answers by class, of all runs of an arm.
Classes errors_of(const Arm& arm) {
  Classes sums;
  for (const auto& name : class_order()) sums.emplace_back(name, 0);
  bool any = false;
  for (const auto* run : arm.runs) {
    const auto* test = run->main_test();
    if (test == nullptr) continue;
    for (const auto& [name, count] : test->pointer_errors) {
      auto found = std::find_if(
          sums.begin(), sums.end(), [&](const auto& row) { return row.first == name; });
      if (found == sums.end()) found = sums.insert(sums.end(), {name, 0});
      found->second += count;
      any = true;
    }
  }
  return any ? sums : Classes();
}

Legend class_legend(const TaskRuns& task, double width) {
  std::vector<Legend::Entry> entries;
  for (const auto& arm : task.arms) {
    const auto classes = errors_of(arm);
    if (classes.size() <= entries.size()) continue;
    entries.clear();
    for (size_t i = 0; i < classes.size(); ++i) {
      entries.emplace_back(classes[i].first, line_colour(i));
    }
  }
  return {std::move(entries), width};
}

void draw_arm(Canvas& canvas, const Arm& arm, const Scale& x, double y) {
  const auto asked = static_cast<double>(arm.answers().second);
  canvas.text({x.from - 8, y + kBar - 4}, arm.name, {.size = 10.5, .anchor = Anchor::end});
  double sum = 0;
  const auto classes = errors_of(arm);
  for (size_t i = 0; i < classes.size(); ++i) {
    const auto& [name, count] = classes[i];
    if (count <= 0) continue;
    const double left = x(100 * sum / asked), right = x(100 * (sum + count) / asked);
    canvas.rect(
        {left, y, right - left, kBar},
        line_colour(i),
        {fmt::format("{}, {}: {} of all answers", arm.name, name, percent(count / asked)), {}});
    sum += count;
  }
}

/// The axis ends at the round number above the longest bar: solved arms stay visible beside others.
double longest_bar(const TaskRuns& task) {
  double longest = 0;
  for (const auto& arm : task.arms) {
    const auto [right, asked] = arm.answers();
    if (asked == 0) continue;
    longest = std::max(longest, 1 - static_cast<double>(right) / static_cast<double>(asked));
  }
  return longest > 0 ? std::min(100.0, round_up(100 * longest)) : 1;
}

bool has_errors(const TaskRuns& task) {
  return std::any_of(
      task.arms.begin(), task.arms.end(), [](const auto& arm) { return !errors_of(arm).empty(); });
}

std::optional<Figure> errors_figure(const TaskRuns& task) {
  if (!has_errors(task)) return std::nullopt;
  const auto legend = class_legend(task, kNames + kWidth);
  const Box box{
      kNames, kTop + legend.height() + 10, kWidth, kRow * static_cast<double>(task.arms.size())};
  return Figure{
      "Wrong answers of " + task.title,
      {kNames + kWidth + kRight, box.bottom() + kBelow},
      [&task, legend, box](Canvas& canvas) {
        legend.draw(canvas, {8, kTop});
        const Scale x{.low = 0, .high = longest_bar(task), .from = box.x, .to = box.right()};
        draw_x_axis(
            canvas, box, x, {.label = "wrong answers (% of all)", .grid = true, .label_gap = 34});
        double y = box.y + (kRow - kBar) / 2;
        for (const auto& arm : task.arms) {
          draw_arm(canvas, arm, x, y);
          y += kRow;
        }
      }};
}

}  // namespace

Markup report_errors(const ReportData& data) {
  return task_panels(
      data,
      "The symbols of a string are distinct, so that a wrong answer shows which place the model "
      "read. Each wrong answer counts for the first class that it fits; all runs of an encoding "
      "together.",
      errors_figure);
}

}  // namespace ww
