// config_file.hpp: `--config FILE.toml` sets any option of a command; what is typed wins over it.
//
//   preset = "cpu"          stands for --preset cpu, for every command that has it
//   [train]                 from here on for `train` alone, where it wins over the top
//   steps = 32000
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace ww {

/// Gives every command its --config.
void add_config_flag(CLI::App& app);

struct Expanded {
  std::vector<std::string> words;
  std::map<std::string, std::string> origins = {};  // "--steps" -> "a.toml: line 3"
};

/// The words of a command line (without the program's name) with the file's options in their
/// place. Throws InputError, with file and line, for a file that can't be read or is no TOML, an
/// option that no command or not its section's has, values that the option can't take, and a
/// section that is no command.
Expanded expand_config(const CLI::App& app, std::vector<std::string> words);

/// The sentence, begun with file and line where it is about an option that the file sets.
std::string blame(const Expanded& expanded, const std::string& sentence);

}  // namespace ww
