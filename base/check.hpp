// check.hpp: how the program refuses wrong input: one sentence with what, where and what to do.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace ww {

/// What the user gave is wrong: an option, a name, a file. `main` prints the sentence after
/// `error: ` and exits with status 2; every other exception is a fault of ours, status 1.
class InputError : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Names out of files may hold anything: control characters as \x1b, and no more than 4,000 bytes.
inline std::string printable(std::string_view text) {
  constexpr size_t kMost = 4000;
  std::string all;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    all += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > kMost ? all + " .." : all;
}

template <typename... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> sentence, Args&&... args) {
  throw InputError(printable(fmt::format(sentence, std::forward<Args>(args)...)));
}

template <typename... Args>
void check(bool holds, fmt::format_string<Args...> sentence, Args&&... args) {
  if (!holds) refuse(sentence, std::forward<Args>(args)...);
}

}  // namespace ww
