#include "base/check.hpp"

namespace ww {

std::string printable(std::string_view text) {
  constexpr size_t kMost = 4000;
  std::string all;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    all += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > kMost ? all + " .." : all;
}

}  // namespace ww
