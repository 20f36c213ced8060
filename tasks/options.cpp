#include "tasks/options.hpp"

#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>

namespace ww {

static std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

void check_symbols(const char* task, const char* option, int size) {
  check(size >= 2 && size <= kMostSymbols,
        "[{}] {} must be 2 to {} but got {}",
        task,
        option,
        kMostSymbols,
        size);
}

std::vector<int32_t> all_labels(int labels) {
  std::vector<int32_t> all(labels);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::string option_text(int value) { return fmt::to_string(value); }
std::string option_text(bool value) { return value ? "true" : "false"; }
std::string option_text(const Range& value) {
  if (value.lo == value.hi) return fmt::to_string(value.lo);
  return fmt::format("{}..{}", value.lo, value.hi);
}

void read_option(const std::string& name, const std::string& text, int& value) {
  const auto number = whole_number(text);
  check(number.has_value(), "--{} must be a whole number but got '{}'", name, text);
  value = *number;
}

void read_option(const std::string& name, const std::string& text, bool& value) {
  check(text == "true" || text == "false" || text == "1" || text == "0",
        "--{} must be true or false but got '{}'",
        name,
        text);
  value = text == "true" || text == "1";
}

void read_option(const std::string& name, const std::string& text, Range& value) {
  const auto dots = text.find("..");
  const auto lo = whole_number(std::string_view(text).substr(0, dots));
  const auto hi =
      dots == std::string::npos ? lo : whole_number(std::string_view(text).substr(dots + 2));
  check(lo && hi && *lo <= *hi,
        "--{} must be a number or a range such as 8..12 but got '{}'",
        name,
        text);
  value = {*lo, *hi};
}

}  // namespace ww
