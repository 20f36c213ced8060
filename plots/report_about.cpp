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
  const auto [first, last] =
      std::minmax_element(data.runs.begin(), data.runs.end(), [](const auto& a, const auto& b) {
        return a.header.date < b.header.date;
      });
  return first->header.date == last->header.date
             ? first->header.date
             : fmt::format("{} to {}", first->header.date, last->header.date);
}

Markup machine_table(const ReportData& data) {
  const std::pair<const char*, std::string> facts[] = {
      {"Runs", fmt::format("{}", data.runs.size())},
      {"Begun", dates(data)},
      {"Machine", distinct(data, [](const auto& header) { return header.machine; })},
      {"Device", distinct(data, [](const auto& header) { return header.device; })},
      {"Threads", distinct(data, threads_text)},
      {"Numbers", distinct(data, [](const auto& header) { return header.dtype; })},
      {"Code version", distinct(data, [](const auto& header) { return header.code_version; })},
  };
  html::Table table{{"", ""}, {}};
  for (const auto& [name, value] : facts) {
    if (!value.empty()) table.rows.push_back({name, value});
  }
  return html::table(table);
}

Markup task_table(const ReportData& data) {
  html::Table table{{"Task", "Preset", "Task text", "Solved at", "Plateau"}, {}};
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
  body += task_table(data) + machine_table(data);
  for (const auto& warning : data.warnings) body += html::paragraph("Note: " + warning + ".");
  return body;
}

}  // namespace ww
