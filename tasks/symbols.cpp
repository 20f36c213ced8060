#include "tasks/symbols.hpp"

#include <fmt/format.h>

namespace ww {

std::string letter_name(int letter) {
  if (letter < 26) return std::string(1, static_cast<char>('a' + letter));
  if (letter < 52) return std::string(1, static_cast<char>('A' + letter - 26));
  return fmt::format("{{{}}}", letter);
}

std::string value_name(int value) {
  return value < 10 ? fmt::to_string(value) : fmt::format("{{{}}}", value);
}

std::string shift_name(int shift) { return fmt::format("{:+d}", shift); }

}  // namespace ww
