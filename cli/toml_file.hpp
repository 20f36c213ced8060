// toml_file.hpp: a TOML 1.0 file of options: keys at the top and in sections, one level deep.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ww {

/// `name = value`, or `name = [value, ..]`; numbers are written as a person would type them.
struct TomlEntry {
  std::string name;
  std::vector<std::string> values;
  bool array = false, truth = false;  // truth: true or false, not a string of these letters
  std::string where;                  // "a.toml: line 3"
};

struct TomlSection {
  std::string name;  // empty: the top of the file
  std::string where;
  std::vector<TomlEntry> entries;
};

/// The top, then the sections by name. Throws InputError that names the file and the line for what
/// is no TOML and for what no option could take: dates, tables in a section, infinities, empty
/// strings and strings that hold a NUL.
std::vector<TomlSection> read_toml(const std::filesystem::path& path);

}  // namespace ww
