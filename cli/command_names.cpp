#include "cli/command_names.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/nearest.hpp"

namespace ww {

std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> all;
  const auto add = [&](const CLI::App& part) {
    for (const auto* const option : part.get_options()) {
      if (std::ranges::find(all, option) == all.end()) all.push_back(option);
    }
  };
  add(command);
  for (const auto* group : command.get_subcommands(nullptr)) add(*group);  // CLI11 keeps them so
  return all;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* const option : options_of(command)) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const command : app.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string command_list(const CLI::App& app) {
  return fmt::format("{}", fmt::join(command_names(app), ", "));
}

std::string which_command(const CLI::App& app, const std::string& word) {
  const auto near = nearest(word, command_names(app));
  return near.empty() ? "there are: " + command_list(app) : fmt::format("did you mean '{}'?", near);
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* const command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

}  // namespace ww
