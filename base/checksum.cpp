#include "base/checksum.hpp"

#include <fmt/format.h>
#include <zlib.h>

namespace ww {

namespace {

constexpr std::string_view kMember = ",\"crc32\":\"", kEnd = "\"}";

}  // namespace

void Checksum::add(std::span<const std::byte> bytes) {
  const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
  sum_ = static_cast<uint32_t>(crc32_z(sum_, data, bytes.size()));
}

std::string Checksum::digits() const { return fmt::format("{:08x}", sum_); }

std::string checksum(std::string_view text) {
  Checksum sum;
  sum.add(text);
  return sum.digits();
}

std::string with_checksum(std::string object) {
  object.pop_back();
  return fmt::format("{}{}{}{}", object, kMember, checksum(object), kEnd);
}

bool matches_checksum(std::string_view line) {
  constexpr auto kTail = kMember.size() + kChecksumDigits + kEnd.size();
  if (line.size() < kTail) return true;
  const auto tail = line.substr(line.size() - kTail);
  if (!tail.starts_with(kMember) || !tail.ends_with(kEnd)) return true;
  return checksum(line.substr(0, line.size() - kTail)) ==
         tail.substr(kMember.size(), kChecksumDigits);
}

}  // namespace ww
