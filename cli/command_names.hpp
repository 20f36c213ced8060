// command_names.hpp: what commands and options there are, for messages, completion and the manual.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ww {

/// The options of a command, those of its groups among them, in the order of --help.
std::vector<const CLI::Option*> options_of(const CLI::App& command);
/// "--preset", "--steps", ..
std::vector<std::string> option_names(const CLI::App& command);
std::vector<std::string> command_names(const CLI::App& app);
/// "tasks, show, ..".
std::string command_list(const CLI::App& app);
/// "did you mean 'train'?", or which commands there are.
std::string which_command(const CLI::App& app, const std::string& word);
/// None where there is no such command.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

}  // namespace ww
