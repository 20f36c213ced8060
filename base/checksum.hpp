// checksum.hpp: damage that a file's own format cannot show. CRC-32 as zlib computes it; it differs
// after any change that lies within 32 bits in a row, so after any changed byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ww {

constexpr size_t kChecksumDigits = 8;

/// The checksum of bytes that come in pieces.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  /// 8 lower-case hexadecimal digits.
  std::string digits() const;

 private:
  uint32_t sum_ = 0;
};

std::string checksum(std::string_view text);

/// A JSON object on one line with one more member, last: the checksum of all that stands before it.
///
///   {"step":3}   becomes   {"step":3,"crc32":"f9c2dcac"}
std::string with_checksum(std::string object);
/// Whether a line is what with_checksum() made of it. True for a line without a checksum.
bool matches_checksum(std::string_view line);

}  // namespace ww
