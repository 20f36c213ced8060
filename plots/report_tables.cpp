// report_tables.cpp: gates, cost and commands: what stands in the files, as tables.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/axis.hpp"
#include "plots/html.hpp"
#include "plots/report_layout.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kMebi = 1024.0 * 1024.0;

/// Median of a run's answers per second, so that one slow evaluation doesn't count.
double answers_per_second(const RunRecord& run) {
  std::vector<double> rates;
  for (const auto& evaluation : run.evaluations) {
    if (!std::isnan(evaluation.answers_per_s)) rates.push_back(evaluation.answers_per_s);
  }
  return rates.empty() ? std::nan("") : median(rates);
}

std::vector<Markup> cost_row(const Arm& arm) {
  std::vector<double> milliseconds, rates, memory;
  for (const auto* run : arm.runs) {
    rates.push_back(answers_per_second(*run));
    if (!run->closing || run->closing->steps == 0) continue;
    milliseconds.push_back(1000 * run->closing->seconds / static_cast<double>(run->closing->steps));
    memory.push_back(run->closing->peak_memory / kMebi);
  }
  const auto& header = arm.runs.front()->header;
  return {arm_label(arm),
          arm.trained ? with_commas(header.parameters) : median_and_range({}),
          median_and_range(milliseconds),
          median_and_range(rates),
          median_and_range(memory),
          arm.trained ? header.device : outcome(*arm.runs.front())};
}

}  // namespace

Markup report_gates(const ReportData& data) {
  if (data.gates.empty()) return {};
  html::Table table{{"Task", "Check", "Measured", "Passed"}, {}};
  for (const auto& gate : data.gates) {
    table.rows.push_back({gate.task,
                          gate.gate,
                          gate.measured,
                          gate.passed ? Markup("yes") : markup("<strong>NO</strong>")});
  }
  return html::paragraph(
             "These checks ran before training. Results of a task are meaningful only if all of "
             "its "
             "checks passed.") +
         html::table(table);
}

Markup report_cost(const ReportData& data) {
  return arm_table(
             data,
             {"Encoding",
              "Parameters",
              "Milliseconds per step",
              "Answers per second",
              "Peak memory (MiB)",
              "Device"},
             [](const auto& task) { return Markup(task.title); },
             [](const auto&, const auto& arm) { return cost_row(arm); }) +
         html::paragraph(
             "Median [range] over runs. Milliseconds per step: the duration of a run, evaluations "
             "included, divided by its number of steps.");
}

Markup report_commands(const ReportData& data) {
  std::vector<std::string> lines;
  for (const auto& run : data.runs) {
    const auto& command = run.header.command;
    const bool known = std::find(lines.begin(), lines.end(), command) != lines.end();
    if (!command.empty() && !known) lines.push_back(command);
  }
  return html::paragraph("The runs:") + html::listing(lines) + html::paragraph("This page:") +
         html::listing({"whatwhere report " + data.folder.string()});
}

}  // namespace ww
