// config_file.hpp: `--config FILE.toml` sets any option of a command; what is typed wins over it.
//
//   preset = "cpu"          stands for --preset cpu, for whichever command reads the file
//   [train]                 from here on for `train` alone
//   steps = 32000
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ww {

/// Gives every command its --config.
void add_config_flag(CLI::App& app);

/// The words of a command line (without the program's name) with the file's options in their
/// place. Throws InputError for a file that can't be read, an option that the command does not
/// have, and a section that is no command.
std::vector<std::string> expand_config(const CLI::App& app, std::vector<std::string> words);

/// "--preset, --steps, ..": what a command takes.
std::string option_list(const CLI::App& command);
/// "tasks, show, ..".
std::string command_list(const CLI::App& app);

}  // namespace ww
