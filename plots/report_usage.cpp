// report_usage.cpp: how large queries and keys are at each frequency, the probes of a task
// together.

#include <map>

#include "plots/html.hpp"
#include "plots/report_sections.hpp"
#include "plots/usage.hpp"

namespace ww {

namespace {

/// The longest task name that the probe's begins with, or nothing.
std::string task_of(const NamedProbe& probe, const ReportData& data) {
  std::string longest;
  for (const auto& task : data.tasks) {
    const bool begins = probe.name.starts_with(task.task);
    if (begins && task.task.size() > longest.size()) longest = task.task;
  }
  return longest;
}

}  // namespace

Markup report_usage(const ReportData& data) {
  std::map<std::string, std::vector<NamedProbe>> by_task;
  for (const auto& probe : data.probes) by_task[task_of(probe, data)].push_back(probe);
  Markup body;
  const auto add = [&](const std::string& task) {
    const auto found = by_task.find(task);
    if (found == by_task.end()) return;
    body += html::heading(task.empty() ? "Other probes" : task);
    body += html::figure(usage_figure(found->second, {}));
    by_task.erase(found);
  };
  for (const auto& task : data.tasks) add(task.task);
  add("");
  if (body.empty()) return {};
  return html::paragraph(
             "Mean norm of queries and keys at each rotary frequency of each layer, with one "
             "colour "
             "scale for each task. A norm is the weight of a frequency in the scores; it does not "
             "show what the frequency is used for.") +
         body;
}

}  // namespace ww
