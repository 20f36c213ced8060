// floors.cpp: what each shortcut would score.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/task_flags.hpp"

namespace ww {

namespace {

using Json = nlohmann::ordered_json;

struct FloorsOptions {
  TaskFlags task;
  bool json = false;
};

Json as_json(const std::vector<Floor>& floors) {
  Json all = Json::array();
  for (const auto& floor : floors) {
    all.push_back({{"view", floor.view},
                   {"accuracy", floor.accuracy},
                   {"standard_error", floor.standard_error},
                   {"plateau", floor.plateau}});
  }
  return all;
}

void print_floors(const std::vector<Floor>& floors) {
  for (const auto& floor : floors) {
    fmt::print(
        "{:>7.2f}  {}{}", 100 * floor.accuracy, floor.view, floor.plateau ? "  <- plateau" : "");
    if (floor.standard_error > 0) fmt::print("  (+- {:.2f})", 100 * floor.standard_error);
    fmt::print("\n");
  }
}

void floors(const FloorsOptions& options) {
  const auto task = options.task.make();
  const auto all = task->floors(), off_zero = task->floors_off_zero();
  if (options.json) {
    const Json json = {{"task", options.task.name},
                       {"preset", options.task.preset},
                       {"text", task->text()},
                       {"floors", as_json(all)},
                       {"floors_off_zero", as_json(off_zero)}};
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print("{}\n\npercent  the best answer that knows\n", task->text());
  print_floors(all);
  if (off_zero.empty()) return;
  fmt::print("\npercent  the same, where the shift is not 0\n");
  print_floors(off_zero);
}

}  // namespace

void add_floors(CLI::App& app) {
  const auto o = std::make_shared<FloorsOptions>();
  auto* command = app.add_subcommand("floors", "What each shortcut would score");
  o->task.add_name(*command);
  command->add_flag("--json", o->json, "As JSON, accuracies from 0 to 1");
  o->task.add_options(*command);
  command->callback([o] { floors(*o); });
}

}  // namespace ww
