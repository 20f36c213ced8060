#include "plots/markup.hpp"

#include "base/text.hpp"

namespace ww {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

const char* entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return nullptr;
  }
}

/// Length of a character that nobody may exchange: a control character but for tab and line end, or
/// a noncharacter (U+FDD0 to U+FDEF, U+nFFFE, U+nFFFF). 0 for all others; the text is UTF-8.
size_t forbidden_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x20) return first == '\n' || first == '\t' ? 0 : 1;
  if (first == 0xef) {
    const bool block = byte(1) == 0xb7 && byte(2) >= 0x90 && byte(2) <= 0xaf;
    return block || (byte(1) == 0xbf && byte(2) >= 0xbe) ? 3 : 0;
  }
  if (first < 0xf0) return 0;
  return (byte(1) & 0x0f) == 0x0f && byte(2) == 0xbf && byte(3) >= 0xbe ? 4 : 0;
}

}  // namespace

std::string drawable(std::string_view text) {
  const auto valid = as_utf8(text);
  std::string clean;
  for (size_t at = 0; at < valid.size();) {
    const auto length = forbidden_length(std::string_view(valid).substr(at));
    clean += length > 0 ? kReplacement : std::string_view(valid).substr(at, 1);
    at += length > 0 ? length : 1;
  }
  return clean;
}

std::string escape(std::string_view text) {
  std::string safe;
  for (const char c : drawable(text)) {
    const auto* const name = entity(c);
    safe += name == nullptr ? std::string(1, c) : name;
  }
  return safe;
}

Markup Markup::json(std::string_view json) {
  std::string safe;
  for (const char c : json) safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return {Raw{}, safe};
}

}  // namespace ww
