#include "cli/toml_file.hpp"

#include <toml++/toml.h>

#include <cmath>

#include "base/check.hpp"
#include "base/streams.hpp"

namespace ww {

namespace {

std::string line_of(const std::string& file, const toml::source_region& region) {
  return fmt::format("{}: line {}", file, region.begin.line);
}

/// A string, a number or a truth value as it would be typed.
std::string typed_value(const toml::node& node, const std::string& name, const std::string& where) {
  if (const auto* const truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* const whole = node.as_integer()) return fmt::format("{}", whole->get());
  if (const auto* const real = node.as_floating_point()) {
    check(std::isfinite(real->get()), "{}: '{}' is not finite", where, name);
    return fmt::format("{}", real->get());
  }
  const auto* const text = node.as_string();
  check(text != nullptr,
        "{}: '{}' must hold a string, a number, true or false, but holds a {}",
        where,
        name,
        node.is_table()   ? "table"
        : node.is_array() ? "list"
                          : "date or time; write it in quotes");
  check(!text->get().empty(), "{}: '{}' is empty; leave the key out", where, name);
  check(text->get().find('\0') == std::string::npos, "{}: '{}' holds a NUL character", where, name);
  return text->get();
}

TomlEntry read_entry(const toml::key& key, const toml::node& node, const std::string& file) {
  TomlEntry entry{std::string(key.str()), {}, node.is_array(), node.is_boolean(), {}};
  entry.where = line_of(file, key.source());
  if (!entry.array) {
    entry.values.push_back(typed_value(node, entry.name, entry.where));
    return entry;
  }
  for (const auto& each : *node.as_array()) {
    const auto where = line_of(file, each.source());
    check(!each.is_boolean(), "{}: '{}' is a list of true and false", where, entry.name);
    entry.values.push_back(typed_value(each, entry.name, where));
  }
  check(!entry.values.empty(), "{}: '{}' is an empty list", entry.where, entry.name);
  return entry;
}

/// Python's tomllib reads the end of a line in a string of several as one character, too.
std::string without_returns(std::string text) {
  for (size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at + 1)) {
    text.erase(at, 1);
  }
  return text;
}

/// Tables in tables, as dotted keys make them, are left by recursion: enough of them end the
/// program.
void check_keys(std::string_view content, const std::string& file) {
  constexpr int kMost = 64;
  int line = 1, parts = 0;
  char quote = 0;
  bool comment = false;
  for (size_t at = 0; at < content.size(); ++at) {
    const char c = content[at];
    const bool ends = c == '\n';
    line += ends ? 1 : 0;
    if (quote == '"' && c == '\\') ++at;
    const bool inside = quote != 0 || comment;
    if (ends || (quote != 0 && c == quote)) {
      quote = 0;
    } else if (!inside && (c == '"' || c == '\'')) {
      quote = c;
    }
    comment = !ends && (comment || (!inside && c == '#'));
    if (ends || (!inside && std::string_view("=,[]{}").find(c) != std::string_view::npos))
      parts = 0;
    if (!inside && c == '.') ++parts;
    check(parts < kMost, "{}: line {}: a key of more than {} parts", file, line, kMost);
  }
}

toml::table parsed(const std::string& content, const std::string& file) {
  check(!content.starts_with("\xef\xbb\xbf"),
        "{}: line 1: begins with a byte-order mark; save it as UTF-8 without one",
        file);
  check_keys(content, file);
  try {
    return toml::parse(without_returns(content), file);
  } catch (const toml::parse_error& error) {
    const auto what = std::string(error.description());
    refuse("{}: is no TOML: {}", line_of(file, error.source()), what);
  }
}

}  // namespace

std::vector<TomlSection> read_toml(const std::filesystem::path& path) {
  const auto file = path.string();
  const auto table = parsed(read_input(path), file);
  std::vector<TomlSection> sections = {{"", file, {}}};
  for (const auto& [key, node] : table) {
    if (!node.is_table()) {
      sections.front().entries.push_back(read_entry(key, node, file));
      continue;
    }
    TomlSection section{std::string(key.str()), line_of(file, key.source()), {}};
    for (const auto& [name, value] : *node.as_table()) {
      check(!value.is_table(),
            "{}: [{}.{}] is a section in a section; options stand in [{}]",
            line_of(file, name.source()),
            section.name,
            name.str(),
            section.name);
      section.entries.push_back(read_entry(name, value, file));
    }
    sections.push_back(std::move(section));
  }
  return sections;
}

}  // namespace ww
