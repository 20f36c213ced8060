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

}  // namespace ww
