// options.hpp: options of a task as text and back. An options struct names each field once:
//
//   template <typename Self, typename F>
//   static void visit(Self& self, F&& f) {
//     f("letters", "A", self.letters, "letters in the alphabet");   // flag, symbol, field, help
//   }
//
// and from it come the flags, their help, the canonical text and what a wrong name is told.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "base/check.hpp"
#include "tasks/task.hpp"

namespace ww {

/// Whole numbers lo .. hi, both included; written `8..12`, or `8` where they are equal.
struct Range {
  int lo = 0, hi = 0;
  int count() const { return hi - lo + 1; }
  bool operator==(const Range&) const = default;
};

/// No alphabet and no string is larger: vocabularies and floors grow with their squares.
inline constexpr int kMostSymbols = 512;
/// Throws InputError unless 2 <= size <= kMostSymbols.
void check_symbols(const char* task, const char* option, int size);
/// 0 .. labels - 1.
std::vector<int32_t> all_labels(int labels);

/// An option's value as a person types it.
std::string option_text(int value);
std::string option_text(bool value);
std::string option_text(const Range& value);

/// Reads `text` into `value`. Throws InputError that names the option and what it takes.
void read_option(const std::string& name, const std::string& text, int& value);
void read_option(const std::string& name, const std::string& text, bool& value);
void read_option(const std::string& name, const std::string& text, Range& value);

/// An enumeration whose names are choices(E{}), in the order of its values.
template <typename E>
concept Choice = std::is_enum_v<E>;

template <Choice E>
std::string option_text(E value) {
  return choices(E{})[static_cast<size_t>(value)];
}

template <Choice E>
void read_option(const std::string& name, const std::string& text, E& value) {
  const auto& names = choices(E{});
  for (size_t i = 0; i < names.size(); ++i) {
    if (text == names[i]) {
      value = static_cast<E>(i);
      return;
    }
  }
  refuse("--{} must be one of {} but got '{}'", name, fmt::join(names, ", "), text);
}

/// `NAME A=16 n=8..12 ..`: the visited options in order; truth is 1 or 0.
template <typename Options>
std::string canonical_text(const std::string& task, const Options& options) {
  std::string text = task;
  Options::visit(options, [&](const char*, const char* symbol, const auto& field, const char*) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, bool>) {
      text += fmt::format(" {}={:d}", symbol, field);
    } else {
      text += fmt::format(" {}={}", symbol, option_text(field));
    }
  });
  return text;
}

template <typename Options>
std::vector<TaskOption> describe(const Options& options) {
  std::vector<TaskOption> described;
  Options::visit(options, [&](const char* name, const char*, const auto& field, const char* help) {
    described.push_back({name, option_text(field), help});
  });
  return described;
}

/// Throws InputError for a name that the task has no option of, and for a value that is none.
template <typename Options>
Options with_overrides(const std::string& task, Options options, const TaskOverrides& overrides) {
  std::vector<std::string> names;
  for (const auto& option : describe(options)) names.push_back(option.name);
  for (const auto& [name, text] : overrides) {
    check(std::find(names.begin(), names.end(), name) != names.end(),
          "[{}] has no option '{}'; it has: {}",
          task,
          name,
          fmt::join(names, ", "));
  }
  Options::visit(options, [&](const char* name, const char*, auto& field, const char*) {
    const auto found = overrides.find(name);
    if (found != overrides.end()) read_option(name, found->second, field);
  });
  return options;
}

}  // namespace ww
