// tasks.cpp: what there is to train on.

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"

namespace ww {

static void print_tasks() {
  fmt::print("{:<12}{:<38}{}\n", "task", "isolates", "example");
  for (const auto& row : tasks()) {
    fmt::print("{:<12}{:<38}{}\n", row.name, row.isolates, row.example);
  }
  fmt::print("\n{:<12}what its tasks are, by default\n", "preset");
  for (const auto& preset : preset_names()) {
    std::string label = preset;
    for (const auto& row : tasks()) {
      fmt::print("{:<12}{}\n", label, row.make(preset, {})->text());
      label.clear();
    }
  }
}

void add_tasks(CLI::App& app) {
  app.add_subcommand("tasks", "Tasks and presets")->callback(print_tasks);
}

}  // namespace ww
