// report_about.cpp: what was run, on what, when; what stops a reader from reading too much into it.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "plots/html.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"
#include "plots/svg.hpp"

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

std::string machine_table(const ReportData& data) {
  const std::pair<const char*, std::string> facts[] = {
      {"Runs", count_of(data, true)},
      {"Graded answers of other programs", count_of(data, false)},
      {"Begun", dates(data)},
      {"Machine", distinct(data, [](const auto& header) { return header.machine; })},
      {"Device", distinct(data, [](const auto& header) { return header.device; })},
      {"Threads", distinct(data, threads_text)},
      {"Numbers", distinct(data, [](const auto& header) { return header.dtype; })},
      {"Code version", distinct(data, [](const auto& header) { return header.code_version; })},
  };
  html::Table table{{"", ""}, {}};
  for (const auto& [name, value] : facts) {
    if (!value.empty()) table.rows.push_back({name, escape(value)});
  }
  return html::table(table);
}

std::string task_table(const ReportData& data) {
  html::Table table{{"Task", "Preset", "Task text", "Solved at", "Plateau"}, {}};
  for (const auto& task : data.tasks) {
    table.rows.push_back({escape(task.task),
                          escape(task.preset),
                          "<code>" + escape(task.text) + "</code>",
                          percent(task.solved_at),
                          percent(task.plateau)});
  }
  return html::table(table);
}

}  // namespace

std::string report_about(const ReportData& data) {
  std::string body = html::paragraph(
      "Small transformers, alike but for their position encoding, were trained from nothing on "
      "synthetic tasks that need what (content), where (position) or both. Everything here is "
      "rebuilt from the records of these runs alone.");
  body += html::paragraph(
      "A floor is the score of the best answer possible from a named partial view of the task; the "
      "plateau is the floor that a model settles on without the mechanism that the task asks for. "
      "A run solves a task when its validation accuracy reaches the threshold at two evaluations "
      "running.");
  body += html::paragraph(
      "\u201cNot solved within N steps\u201d says what happened in N steps of this training at "
      "this "
      "rate; it does not say that the encoding cannot.");
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
