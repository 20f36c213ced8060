// report_results.cpp: the table of results, arm by task.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plots/axis.hpp"
#include "plots/html.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr size_t kListedSeeds = 8;

Markup solved_cell(const Arm& arm) {
  const auto [solved, finished] = solve_count(arm);
  if (finished == 0) return "\u2013";
  const auto interval = wilson(solved, finished);
  return markup("<span class=\"one\">{}/{} <small>[{:.0f}, {:.0f} %]</small></span>",
                solved,
                finished,
                100 * interval.low,
                100 * interval.high);
}

Markup accuracy_cell(const Arm& arm) {
  const auto [right, asked] = arm.answers();
  auto cell = markup("<span class=\"one\">{}</span>", share_with_interval(right, asked));
  if (arm.runs.size() < 2 || asked == 0 || arm.runs.size() > kListedSeeds) return cell;
  std::string seeds;
  for (const auto* run : arm.runs) {
    const auto* test = run->main_test();
    if (test == nullptr) continue;
    seeds += fmt::format(" {:.1f}",
                         100 * static_cast<double>(test->right) / static_cast<double>(test->asked));
  }
  return cell + markup("<br><small>seeds:{}</small>", seeds);
}

/// The shortcut of the highest floor that every run with a test beats.
Markup beaten_cell(const TaskRuns& task, const Arm& arm) {
  const Rung* lowest = nullptr;
  size_t tested = 0;
  for (const auto* run : arm.runs) {
    const auto* test = run->main_test();
    if (test == nullptr) continue;
    const auto* beaten = highest_beaten(task.rungs, wilson(test->right, test->asked));
    if (beaten == nullptr) return "none";
    if (tested++ == 0 || beaten->accuracy < lowest->accuracy) lowest = beaten;
  }
  if (tested == 0) return "\u2013";
  return markup("<div class=\"wide\">{}{} <small>({}{})</small></div>",
                tested > 1 ? "in every run: " : "",
                lowest->view,
                percent(lowest->accuracy),
                lowest->plateau ? ", the plateau" : "");
}

Markup outcomes_cell(const Arm& arm) {
  std::map<std::string, size_t> counts;
  for (const auto* run : arm.runs) ++counts[outcome(*run)];
  Markup cell;
  for (const auto& [words, count] : counts) {
    if (!cell.empty()) cell += markup("<br>");
    cell += count > 1 ? fmt::format("{} \u00d7 {}", count, words) : words;
  }
  return cell;
}

/// When the run first counted as solved, by its own clock; NaN where it did not.
double seconds_to_solve(const RunRecord& run) {
  if (run.closing && run.closing->solved_step) {
    for (const auto& evaluation : run.evaluations) {
      if (evaluation.step == *run.closing->solved_step) return evaluation.seconds;
    }
  }
  return std::nan("");
}

Markup seconds_cell(const Arm& arm) {
  if (!arm.trained) return median_and_range({});
  std::vector<double> whole, solving;
  for (const auto* run : arm.runs) {
    if (run->closing) whole.push_back(run->closing->seconds);
    solving.push_back(seconds_to_solve(*run));
  }
  return markup("<span class=\"one\">{}<br><small>to solve {}</small></span>",
                median_and_range(whole),
                median_and_range(solving));
}

std::vector<Markup> result_row(const TaskRuns& task, const Arm& arm) {
  return {arm_label(arm),
          solved_cell(arm),
          accuracy_cell(arm),
          beaten_cell(task, arm),
          steps_to_solve(arm),
          outcomes_cell(arm),
          seconds_cell(arm)};
}

bool one_seed(const ReportData& data) {
  return std::any_of(data.tasks.begin(), data.tasks.end(), [](const auto& task) {
    return std::any_of(task.arms.begin(), task.arms.end(), [](const auto& arm) {
      return arm.trained && arm.runs.size() == 1;
    });
  });
}

Markup task_heading(const TaskRuns& task) {
  const auto plateau = std::find_if(
      task.rungs.begin(), task.rungs.end(), [](const auto& rung) { return rung.plateau; });
  return markup("{} <small>plateau {}{}</small>",
                task.title,
                percent(task.plateau),
                plateau == task.rungs.end() ? "" : ": " + plateau->view);
}

}  // namespace

Markup report_results(const ReportData& data) {
  auto body = arm_table(data,
                        {"Encoding",
                         "Solved",
                         "Test accuracy",
                         "Best shortcut it outperforms",
                         "Steps to solve",
                         "Outcome",
                         "Seconds"},
                        task_heading,
                        result_row);
  body += html::paragraph(
      "Brackets after shares are Wilson's 95 % intervals: of solved among finished runs, and of "
      "right among all answers. A run outperforms a shortcut when the whole interval of its "
      "accuracy lies above the shortcut's floor. Steps to solve: for one run its number of steps; "
      "for several the mean (where a run that did not solve counts with its whole budget) and the "
      "median [range]. Seconds: median [range] of the duration of runs. \u201cNot solved within N "
      "steps\u201d is not \u201ccannot\u201d.");
  if (one_seed(data)) {
    body += html::paragraph(
        "Some rows are of one run. One run can't show a spread: another seed may give another "
        "result.");
  }
  return body;
}

}  // namespace ww
