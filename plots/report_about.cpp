// report_about.cpp: what was run, on what, when; what stops a reader from reading too much into it.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "plots/html.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

/// Distinct values of a header's field, in order.
template <typename Field>
std::string distinct(const ReportData& data, Field field) {
  std::set<std::string> values;
  for (const auto& run : data.runs) {
    auto value = field(run.header);
    if (!value.empty()) values.insert(std::move(value));
  }
  return fmt::format("{}", fmt::join(values, "; "));
}

std::string threads_text(const RunHeader& header) {
  return header.threads > 0 ? counted(static_cast<size_t>(header.threads), "thread") : "";
}

std::string dates(const ReportData& data) {
  std::set<std::string> begun;
  for (const auto& run : data.runs) {
    if (run.header.trained) begun.insert(run.header.date);
  }
  if (begun.empty()) return {};
  return begun.size() == 1 ? *begun.begin()
                           : fmt::format("{} to {}", *begun.begin(), *begun.rbegin());
}

/// How many runs were trained here, or how many were not.
std::string count_of(const ReportData& data, bool trained) {
  const auto count = std::count_if(data.runs.begin(), data.runs.end(), [&](const auto& run) {
    return run.header.trained == trained;
  });
  return count > 0 ? fmt::format("{}", count) : "";
}

Markup machine_table(const ReportData& data) {
  const std::pair<const char*, std::string> facts[] = {
      {"Runs", count_of(data, true)},
      {"Graded answers of other programs", count_of(data, false)},
      {"Started", dates(data)},
      {"Machine", distinct(data, [](const auto& header) { return header.machine; })},
      {"Device", distinct(data, [](const auto& header) { return header.device; })},
      {"Threads", distinct(data, threads_text)},
      {"Arithmetic", distinct(data, [](const auto& header) { return header.dtype; })},
      {"Code version", distinct(data, [](const auto& header) { return header.code_version; })},
  };
  html::Table table{{"", ""}, {}};
  for (const auto& [name, value] : facts) {
    if (!value.empty()) table.rows.push_back({name, value});
  }
  return html::table(table);
}

Markup task_table(const ReportData& data) {
  html::Table table{{"Task", "Preset", "Parameters", "Solved from", "Plateau"}, {}};
  for (const auto& task : data.tasks) {
    table.rows.push_back({task.task,
                          task.preset,
                          markup("<code>{}</code>", task.text),
                          percent(task.solved_at),
                          percent(task.plateau)});
  }
  return html::table(table);
}

}  // namespace

Markup report_about(const ReportData& data) {
  auto body = html::paragraph(
      "Small transformers that differ only in their position encoding were trained from scratch on "
      "synthetic tasks that need what (content), where (position) or both. This page is computed "
      "from the records of these runs alone.");
  body += html::paragraph(
      "A shortcut is a strategy that uses only part of what a task asks for, for example content "
      "without position. Its floor is the best accuracy that it can reach. The plateau is the "
      "floor "
      "of the shortcut on which models without the necessary mechanism settle. A run has solved a "
      "task when its validation accuracy reaches the threshold at two evaluations in a row.");
  body += html::paragraph(
      "\u201cNot solved within N steps\u201d describes N steps of this training at this learning "
      "rate. It does not show that the encoding cannot solve the task.");
  if (!count_of(data, false).empty()) {
    body += html::paragraph(
        "Some arms were not trained here: other programs answered questions of the test split, and "
        "only their answers are known.");
  }
  body += task_table(data) + machine_table(data);
  for (const auto* const list : {&data.left_out, &data.warnings}) {
    for (const auto& note : *list) body += html::paragraph("Note: " + note + ".");
  }
  return body;
}

}  // namespace ww
