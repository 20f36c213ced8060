#include "cli/config_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "base/check.hpp"
#include "cli/command_names.hpp"
#include "cli/nearest.hpp"
#include "cli/toml_file.hpp"

namespace ww {

namespace {

constexpr const char* kFlag = "--config";

/// The file that the words name, taken out of them; empty where they name none.
std::string take_file(std::vector<std::string>& words) {
  const std::string joined = std::string(kFlag) + "=";
  std::string file;
  for (auto word = words.begin(); word != words.end();) {
    const bool apart = *word == kFlag;
    if (!apart && !word->starts_with(joined)) {
      ++word;
      continue;
    }
    check(!apart || word + 1 != words.end(), "{} needs a file", kFlag);
    check(file.empty(), "{} is given twice; one file holds all", kFlag);
    file = apart ? word[1] : word->substr(joined.size());
    check(!file.empty(), "{} needs a file", kFlag);
    word = words.erase(word, word + (apart ? 2 : 1));
  }
  return file;
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

/// The option that a key sets, none where the command has no such.
const CLI::Option* option_of(const CLI::App& command, const std::string& name) {
  const std::string flag = "--" + name;
  if (flag == kFlag || flag == "--help") return nullptr;
  return command.get_option_no_throw(flag);
}

bool is_list(const CLI::Option& option) {
  return option.get_delimiter() != '\0' || option.get_items_expected_max() > 1;
}

/// What the file says must be something that the option could be given.
void check_kind(const TomlEntry& entry, const CLI::Option& option) {
  const bool may_stand_alone = option.get_items_expected_min() == 0;
  check(!entry.truth || may_stand_alone,
        "{}: '{}' is no switch; true and false are no values of it",
        entry.where,
        entry.name);
  check(entry.truth || option.get_items_expected_max() > 0,
        "{}: '{}' is a switch; it must be true or false, without quotes",
        entry.where,
        entry.name);
  check(!entry.array || is_list(option), "{}: '{}' takes one value", entry.where, entry.name);
  const std::string delimiter(1, option.get_delimiter());
  for (const auto& value : entry.values) {
    check(!entry.array || delimiter.front() == '\0' || value.find(delimiter) == std::string::npos,
          "{}: '{}' parts its values by '{}', so that none can hold one",
          entry.where,
          entry.name,
          delimiter);
  }
}

/// The keys that a file may set for the command.
std::vector<std::string> keys_of(const CLI::App& command) {
  std::vector<std::string> keys;
  for (const auto& name : option_names(command)) {
    if (option_of(command, name.substr(2)) != nullptr) keys.push_back(name.substr(2));
  }
  return keys;
}

std::string suggestion(const std::string& key, const std::vector<std::string>& keys) {
  const auto near = nearest(key, keys);
  return near.empty() ? "" : fmt::format("; did you mean '{}', of --{}?", near, near);
}

/// A key at the top: some command must have it, and any that has it must be able to take it.
void check_shared_key(const CLI::App& app, const TomlEntry& entry) {
  bool known = false;
  std::vector<std::string> names;
  for (const auto* const command : app.get_subcommands(nullptr)) {
    const auto* const option = option_of(*command, entry.name);
    if (option != nullptr) check_kind(entry, *option);
    known = known || option != nullptr;
    for (auto& name : keys_of(*command)) names.push_back(std::move(name));
  }
  check(known,
        "{}: no command has an option '{}'{}",
        entry.where,
        entry.name,
        suggestion(entry.name, names));
}

/// All of the file must make sense, whichever command reads it.
void check_sections(const CLI::App& app, const std::vector<TomlSection>& sections) {
  for (const auto& section : sections) {
    if (section.name.empty()) {
      for (const auto& entry : section.entries) check_shared_key(app, entry);
      continue;
    }
    const auto* const command = find_command(app, section.name);
    check(command != nullptr,
          "{}: [{}] is no command; {}",
          section.where,
          section.name,
          which_command(app, section.name));
    for (const auto& entry : section.entries) {
      const auto* const option = option_of(*command, entry.name);
      check(option != nullptr,
            "{}: {} has no option '{}'{}",
            entry.where,
            section.name,
            entry.name,
            suggestion(entry.name, keys_of(*command)));
      check_kind(entry, *option);
    }
  }
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
void append(Expanded& expanded,
            const std::vector<std::string>& settled,
            const TomlEntry& entry,
            const CLI::App& command) {
  const auto* const option = option_of(command, entry.name);
  if (option == nullptr || is_settled(*option, command, settled)) return;
  const auto flag = "--" + entry.name;
  for (const auto& value : entry.values) expanded.words.push_back(flag + "=" + value);
  expanded.origins[flag] = entry.where;
}

}  // namespace

std::string blame(const Expanded& expanded, const std::string& sentence) {
  for (const auto& [flag, where] : expanded.origins) {
    const auto at = sentence.find(flag);
    if (at == std::string::npos) continue;
    const auto next = at + flag.size() < sentence.size() ? sentence[at + flag.size()] : ' ';
    if (std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '-') continue;
    return fmt::format("{}: {}", where, sentence);
  }
  return sentence;
}

void add_config_flag(CLI::App& app) {
  for (auto* const command : app.get_subcommands(nullptr)) {
    command->add_option(kFlag, "TOML file that sets any of these options; what is typed wins")
        ->type_name("FILE");
  }
}

Expanded expand_config(const CLI::App& app, std::vector<std::string> words) {
  const auto file = take_file(words);
  Expanded expanded{std::move(words), {}};
  const auto* const command = chosen_command(app, expanded.words);
  if (file.empty() || command == nullptr) return expanded;
  const auto sections = read_toml(file);
  check_sections(app, sections);
  for (const bool own : {true, false}) {  // a command's own section wins over the top
    const auto settled = expanded.words;
    for (const auto& section : sections) {
      if (section.name != (own ? command->get_name() : "")) continue;
      for (const auto& entry : section.entries) append(expanded, settled, entry, *command);
    }
  }
  return expanded;
}

}  // namespace ww
