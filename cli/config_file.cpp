#include "cli/config_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "base/check.hpp"
#include "base/files.hpp"

namespace ww {

namespace {

constexpr const char* kFlag = "--config";

/// The file that the words name, taken out of them; empty where they name none.
std::string take_file(std::vector<std::string>& words) {
  const std::string joined = std::string(kFlag) + "=";
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (word->starts_with(joined)) {
      const auto file = word->substr(joined.size());
      words.erase(word);
      return file;
    }
    if (*word != kFlag) continue;
    check(word + 1 != words.end(), "{} needs a file", kFlag);
    const auto file = word[1];
    words.erase(word, word + 2);
    return file;
  }
  return {};
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* const command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

const CLI::App* chosen_command(const CLI::App& app, const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (const auto* const command = find_command(app, word); command != nullptr) return command;
  }
  return nullptr;
}

bool is_typed(const CLI::Option& option, const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return word.starts_with("-") && option.check_name(word.substr(0, word.find('=')));
  });
}

/// Whether an entry is meant for this command.
bool applies(const CLI::ConfigItem& item,
             const CLI::App& app,
             const CLI::App& command,
             const std::string& file) {
  if (item.parents.empty()) return true;
  const auto section = fmt::format("{}", fmt::join(item.parents, "."));
  check(find_command(app, section) != nullptr,
        "{}: [{}] is no command; there are: {}",
        file,
        section,
        command_list(app));
  return section == command.get_name();
}

/// Whether the words set the option, or another of which only one may be given.
bool is_settled(const CLI::Option& option,
                const CLI::App& command,
                const std::vector<std::string>& words) {
  const auto typed = [&](const CLI::Option* other) { return is_typed(*other, words); };
  for (const auto* const group : command.get_subcommands(nullptr)) {
    const auto members = group->get_options();
    const bool one = group->get_require_option_max() == 1;
    if (one && std::ranges::find(members, &option) != members.end()) {
      return std::ranges::any_of(members, typed);
    }
  }
  return typed(&option);
}

/// Unless the words in `settled` say otherwise.
void append(std::vector<std::string>& words,
            const std::vector<std::string>& settled,
            const CLI::ConfigItem& item,
            const CLI::App& command,
            const std::string& file) {
  const auto name = "--" + item.name;
  const auto* const option = command.get_option_no_throw(name);
  check(option != nullptr && name != kFlag,
        "{}: {} has no option '{}'; its options are: {}",
        file,
        command.get_name(),
        item.name,
        option_list(command));
  if (is_settled(*option, command, settled)) return;
  words.push_back(fmt::format("{}={}", name, fmt::join(item.inputs, ",")));
}

}  // namespace

std::string option_list(const CLI::App& command) {
  auto options = command.get_options();
  for (const auto* group : command.get_subcommands(nullptr)) {  // CLI11 keeps groups as commands
    const auto members = group->get_options();
    options.insert(options.end(), members.begin(), members.end());
  }
  std::vector<std::string> names;
  for (const auto* option : options) {
    if (option->get_lnames().empty()) continue;
    const auto name = "--" + option->get_lnames().front();
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string command_list(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return fmt::format("{}", fmt::join(names, ", "));
}

void add_config_flag(CLI::App& app) {
  for (auto* const command : app.get_subcommands(nullptr)) {
    command->add_option(kFlag, "TOML file that sets any of these options; what is typed wins")
        ->type_name("FILE");
  }
}

std::vector<std::string> expand_config(const CLI::App& app, std::vector<std::string> words) {
  const auto file = take_file(words);
  const auto* const command = chosen_command(app, words);
  if (file.empty() || command == nullptr) return words;
  std::istringstream text(read_file(file));
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(text);
  } catch (const CLI::Error& error) {
    refuse("{}: is no TOML: {}", file, error.what());
  }
  for (const bool of_section : {true, false}) {  // a command's own section wins over the rest
    const auto settled = words;
    for (const auto& item : items) {
      const bool mark = item.name == "++" || item.name == "--";  // CLI11's ends of a section
      if (mark || item.parents.empty() == of_section) continue;
      if (applies(item, app, *command, file)) append(words, settled, item, *command, file);
    }
  }
  return words;
}

}  // namespace ww
