// tasks.cpp: what there is to train on.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "tasks/presets.hpp"
#include "tasks/task.hpp"

namespace ww {

namespace {

void print_task_json() {
  auto all = nlohmann::ordered_json::array();
  for (const auto& row : tasks()) {
    auto presets = nlohmann::ordered_json::object();
    for (const auto& preset : preset_names()) presets[preset] = row.make(preset, {})->text();
    auto options = nlohmann::ordered_json::array();
    for (const auto& option : row.options(preset_names().front())) {
      options.push_back({{"name", option.name}, {"help", option.help}});
    }
    all.push_back({{"task", row.name},
                   {"isolates", row.isolates},
                   {"example", row.example},
                   {"presets", presets},
                   {"options", options}});
  }
  fmt::print("{}\n", all.dump(2));
}

void print_tasks() {
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

}  // namespace

void add_tasks(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("tasks", "Tasks and presets");
  command->add_flag("--json", *json, "As JSON");
  command->callback([json] { *json ? print_task_json() : print_tasks(); });
}

}  // namespace ww
