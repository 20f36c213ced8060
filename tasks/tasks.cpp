// tasks.cpp: the table of tasks.

#include <fmt/ranges.h>

#include "base/check.hpp"
#include "tasks/indirect.hpp"
#include "tasks/options.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"
#include "tasks/what_tag.hpp"
#include "tasks/where_back.hpp"

namespace ww {

template <typename T>
static TaskRow row(const char* isolates, const char* example) {
  return {.name = T::kName,
          .isolates = isolates,
          .example = example,
          .options =
              [](const std::string& preset) { return describe(T::preset(preset_sizes(preset))); },
          .make = [](const std::string& preset,
                     const TaskOverrides& overrides) -> std::unique_ptr<Task> {
            const auto options = T::preset(preset_sizes(preset));
            return std::make_unique<T>(with_overrides(T::kName, options, overrides));
          }};
}

const std::vector<TaskRow>& tasks() {
  static const std::vector<TaskRow> table = {
      row<WhereBack>("relative where", "c a a d b  .2 -> a"),
      row<WhatTag>("what, within one token", "b4 d1 a7  d -> 1"),
      row<Indirect>("what, then where: pointer arithmetic", "q e o h u  o -2 -> q"),
  };
  return table;
}

const TaskRow& task_row(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& row : tasks()) {
    if (name == row.name) return row;
    names.emplace_back(row.name);
  }
  const auto what = name.empty() ? "no task given" : fmt::format("unknown task '{}'", name);
  refuse("{}; there are: {}", what, fmt::join(names, ", "));
}

std::unique_ptr<Task> make_task(const std::string& name,
                                const std::string& preset,
                                const TaskOverrides& overrides) {
  return task_row(name).make(preset, overrides);
}

std::string Task::sentence(std::span<const int32_t> string, const Query& query) const {
  std::string text;
  for (const int32_t token : string) text += vocabulary()[token] + " ";
  for (const int32_t token : query.tokens) text += vocabulary()[token] + " ";
  return text + "-> " + vocabulary()[query.answer];
}

}  // namespace ww
