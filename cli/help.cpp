#include "cli/help.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "base/check.hpp"
#include "base/streams.hpp"
#include "cli/command_names.hpp"
#include "cli/commands.hpp"

namespace ww {

namespace {

constexpr size_t kNarrowest = 40;  // columns; help in fewer can't be read

/// Where the description of a line of help begins: after the first two spaces that follow a word.
size_t hanging(const std::string& line) {
  const auto word = line.find_first_not_of(' ');
  if (word == std::string::npos) return 0;
  constexpr size_t kColumn = 20;
  if (word >= kColumn) return word;
  const auto gap = line.find("  ", word);
  const auto text = gap == std::string::npos ? gap : line.find_first_not_of(' ', gap);
  return text == std::string::npos || text > line.size() / 2 + kColumn ? word : text;
}

void wrap_line(std::string line, size_t width, std::string& out) {
  auto indent = hanging(line);
  if (indent + kNarrowest / 2 > width) indent = 4;
  while (line.size() > width) {
    auto cut = line.rfind(' ', width);
    if (cut == std::string::npos || cut <= indent) cut = line.find(' ', width);
    if (cut == std::string::npos) break;
    const auto rest = line.find_first_not_of(' ', cut);
    out += line.substr(0, line.find_last_not_of(' ', cut) + 1) + "\n";
    line = rest == std::string::npos ? "" : std::string(indent, ' ') + line.substr(rest);
  }
  out += line + "\n";
}

}  // namespace

std::string wrapped(const std::string& text, size_t width) {
  if (width == 0) return text;
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    wrap_line(line, std::max(width, kNarrowest), out);
  }
  return out;
}

size_t help_width() {
  const auto* const columns = std::getenv("COLUMNS");
  size_t width = 0;
  if (columns != nullptr) {
    const std::string_view typed(columns);
    const auto [end, fault] = std::from_chars(typed.data(), typed.data() + typed.size(), width);
    if (fault == std::errc() && end == typed.data() + typed.size() && width > 0) return width;
  }
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string HelpFormatter::make_help(const CLI::App* app,
                                     std::string name,
                                     CLI::AppFormatMode mode) const {
  return wrapped(Formatter::make_help(app, std::move(name), mode), help_width());
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  auto text = Formatter::make_option_opts(option);
  auto fallback = option->get_default_str();
  const auto at = fallback.empty() ? std::string::npos : text.find("=" + fallback);
  if (at == std::string::npos || option->get_items_expected_max() <= 1) return text;
  const auto length = fallback.size();
  std::erase_if(fallback, [](char c) { return c == '[' || c == ']' || c == '"'; });
  std::string spaced;
  for (const char c : fallback) spaced += c == ',' || c == ' ' ? ", " : std::string(1, c);
  return text.replace(at + 1, length, spaced);
}

void add_quiet_flag(CLI::App& app) {
  for (auto* const command : app.get_subcommands(nullptr)) {
    command->add_flag_function(
        "-q,--quiet",
        [](int64_t count) { keep_quiet(count > 0); },
        "Neither notes nor progress on standard error; errors alone");
  }
}

void add_help(CLI::App& app) {
  const auto name = std::make_shared<std::string>();
  auto* command = app.add_subcommand("help", "What a command does, and its options");
  command->add_option("command", *name, "The command; without it, all commands")
      ->type_name("COMMAND");
  command->callback([&app, name] {
    if (name->empty()) {
      const auto formatter = app.get_formatter();  // help() would be that of this command
      fmt::print("{}", formatter->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal));
      return;
    }
    const auto* const chosen = find_command(app, *name);
    check(chosen != nullptr, "unknown command '{}'; {}", *name, which_command(app, *name));
    fmt::print("{}", chosen->help(app.get_name()));
  });
}

}  // namespace ww
