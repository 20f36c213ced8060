#include "base/text.hpp"

#include <charconv>
#include <cmath>

#include "base/check.hpp"

namespace ww {

namespace {

template <typename Number>
bool parse_whole(const std::string& text, Number& number) {
  const auto* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  return result.ec == std::errc() && result.ptr == end;
}

/// Bytes of the character that the text begins with; 0 where it begins with none (RFC 3629).
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  // neither longer than needed, nor half of a pair, nor beyond U+10FFFF
  const auto low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const auto high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

double parse_real(const std::string& text, const std::string& where) {
  double number = 0;
  check(parse_whole(text, number) && std::isfinite(number),
        "{} needs a number but got '{}'",
        where,
        text);
  return number;
}

int64_t parse_integer(const std::string& text, const std::string& where) {
  int64_t number = 0;
  check(parse_whole(text, number), "{} needs a whole number but got '{}'", where, text);
  return number;
}

void check_json(std::string_view text, const std::string& where, size_t most) {
  constexpr int kDeepest = 64;
  int depth = 0;
  size_t values = 1;  // a bracket or a comma comes before each but the first
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    const bool opens = c == '[' || c == '{';
    quoted = c == '"';
    depth += opens ? 1 : c == ']' || c == '}' ? -1 : 0;
    values += opens || c == ',' ? 1 : 0;
    check(depth <= kDeepest, "{}: nests deeper than {} at byte {}", where, kDeepest, i);
    check(values <= most, "{}: holds more than {} values", where, most);
  }
}

std::string as_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const auto length = character_length(text);
    valid += length > 0 ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(length > 0 ? length : 1);
  }
  return valid;
}

std::string without_python_numbers(std::string_view text) {
  constexpr std::string_view kWords[] = {"NaN", "-Infinity", "Infinity"};
  if (text.find("NaN") == text.npos && text.find("Infinity") == text.npos) return std::string(text);
  std::string valid;
  bool quoted = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool escape = quoted && c == '\\' && at + 1 < text.size();
    if (c == '"') quoted = !quoted;
    std::string_view word;
    for (const auto each : kWords) {
      if (!quoted && word.empty() && text.substr(at).starts_with(each)) word = each;
    }
    if (!word.empty()) valid += '"' + std::string(word) + '"';
    const auto length = word.empty() ? (escape ? 2 : 1) : word.size();
    if (word.empty()) valid += text.substr(at, length);
    at += length;
  }
  return valid;
}

}  // namespace ww
