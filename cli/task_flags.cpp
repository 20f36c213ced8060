#include "cli/task_flags.hpp"

#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "base/check.hpp"
#include "tasks/presets.hpp"

namespace ww {

namespace {

/// Option name -> help that says which tasks have it, in the order of the table.
std::vector<std::pair<std::string, std::string>> all_options() {
  std::vector<std::pair<std::string, std::string>> all;
  std::map<std::string, std::vector<std::string>> owners;
  for (const auto& row : tasks()) {
    for (const auto& option : row.options(preset_names().front())) {
      auto& of = owners[option.name];
      if (of.empty()) all.emplace_back(option.name, option.help);
      of.emplace_back(row.name);
    }
  }
  for (auto& [name, help] : all) help += fmt::format(" ({})", fmt::join(owners[name], ", "));
  return all;
}

}  // namespace

void TaskFlags::add_name(CLI::App& command) {
  command.add_option("task", name, "The task; `whatwhere tasks` lists them")->type_name("TASK");
}

void TaskFlags::add_options(CLI::App& command) {
  const auto help = fmt::format("The sizes: {}", fmt::join(preset_names(), ", "));
  command.add_option("--preset", preset, help)->capture_default_str();
  for (const auto& [option, what] : all_options()) {
    options_[option] = command.add_option("--" + option, typed_[option], what)
                           ->group("Task options, by default the preset's")
                           ->default_str("");
  }
}

TaskOverrides TaskFlags::overrides() const {
  TaskOverrides given;
  for (const auto& [name_of, option] : options_) {
    if (option->count() > 0) given[name_of] = typed_.at(name_of);
  }
  return given;
}

std::unique_ptr<Task> TaskFlags::make() const { return make_task(name, preset, overrides()); }

void StreamFlags::add_options(CLI::App& command) {
  command.add_option("--split", split, "train, val or test")->capture_default_str();
  command.add_option("--seed", seed, "Seed of the stream")->capture_default_str();
  command.add_option("--queries", queries, "Questions after each string")->capture_default_str();
}

Stream StreamFlags::stream() const {
  check(queries >= 1 && queries <= kMostQueries,
        "--queries must be from 1 to {} but got {}",
        kMostQueries,
        queries);
  std::vector<std::string> names;
  for (const auto each : {Split::train, Split::val, Split::test}) {
    if (split == split_name(each)) return {.split = each, .seed = seed, .queries = queries};
    names.emplace_back(split_name(each));
  }
  refuse("unknown split '{}'; there are: {}", split, fmt::join(names, ", "));
}

}  // namespace ww
