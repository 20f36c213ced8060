#include "models/text/byte_alphabet.hpp"

#include <array>
#include <unordered_map>

#include "models/text/characters.hpp"

namespace ww {

namespace {

bool prints(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

struct Alphabet {
  std::array<std::string, 256> characters;
  std::unordered_map<uint32_t, char> bytes;
  Alphabet() {
    uint32_t next = 0x100;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const auto point = prints(byte) ? byte : next++;
      append_utf8(characters[byte], point);
      bytes[point] = static_cast<char>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet table;
  return table;
}

}  // namespace

void append_byte_alphabet(std::string& text, std::string_view bytes) {
  const auto& characters = alphabet().characters;
  for (const char byte : bytes) text += characters[static_cast<unsigned char>(byte)];
}

std::string to_byte_alphabet(std::string_view bytes) {
  std::string text;
  append_byte_alphabet(text, bytes);
  return text;
}

std::string from_byte_alphabet(std::string_view text) {
  const auto& bytes = alphabet().bytes;
  std::string found;
  for (size_t at = 0; at < text.size();) {
    const auto [point, length] = code_point(text, at);
    const auto byte = bytes.find(point);
    if (byte == bytes.end()) return std::string(text);
    found.push_back(byte->second);
    at += length;
  }
  return found;
}

}  // namespace ww
