#include "models/text/characters.hpp"

#include <utf8proc.h>

#include <algorithm>

namespace ww {

namespace {

/// Punctuation of later Unicode versions that Hugging Face's `Punctuation` does not split at
/// (tokenizers 0.23.3, asked for every code point). Between the ends of a range is no other.
constexpr PointRange kLaterPunctuation[] = {
    {0x61d, 0x61d},     {0x9fd, 0x9fd},     {0xa76, 0xa76},     {0xc77, 0xc84},
    {0x1b4e, 0x1b4f},   {0x1b7d, 0x1b7f},   {0x2e43, 0x2e63},   {0x10d6e, 0x10d6e},
    {0x10ead, 0x10ed0}, {0x10f55, 0x10f89}, {0x113d4, 0x113d8}, {0x1144b, 0x1145d},
    {0x11660, 0x1166c}, {0x116b9, 0x116b9}, {0x1183b, 0x1183b}, {0x11944, 0x11946},
    {0x119e2, 0x119e2}, {0x11a3f, 0x11a46}, {0x11a9a, 0x11aa2}, {0x11b00, 0x11b09},
    {0x11be1, 0x11be1}, {0x11c41, 0x11c71}, {0x11ef7, 0x11ef8}, {0x11f43, 0x11f4f},
    {0x11fff, 0x11fff}, {0x12ff1, 0x12ff2}, {0x16d6d, 0x16d6f}, {0x16e97, 0x16e9a},
    {0x16fe2, 0x16fe2}, {0x1e5ff, 0x1e5ff}, {0x1e95e, 0x1e95f}};

/// What Unicode once called punctuation and that table still does.
constexpr PointRange kFormerPunctuation[] = {{0x166d, 0x166d}, {0x111c9, 0x111c9}};

/// Alphabetic symbols (Other_Alphabetic of category So): letters in circles and squares; and the
/// joiners.
constexpr PointRange kOtherWord[] = {
    {0x200c, 0x200d}, {0x24b6, 0x24e9}, {0x1f130, 0x1f149}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189}};

constexpr PointRange kSpace[] = {{0x09, 0x0d},
                                 {0x20, 0x20},
                                 {0x85, 0x85},
                                 {0xa0, 0xa0},
                                 {0x1680, 0x1680},
                                 {0x2000, 0x200a},
                                 {0x2028, 0x2029},
                                 {0x202f, 0x202f},
                                 {0x205f, 0x205f},
                                 {0x3000, 0x3000}};

utf8proc_category_t category(uint32_t point) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(point));
}

bool is_ascii_punctuation(uint32_t point) {
  return point < 0x7f && point > 0x20 && !(point >= '0' && point <= '9') &&
         !((point | 0x20) >= 'a' && (point | 0x20) <= 'z');
}

}  // namespace

CodePoint code_point(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto lead = byte(0);
  const size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length == 1 || length > text.size() - at) return {lead, 1};
  uint32_t value = lead & (0x7fU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {lead, 1};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  return {value, length};
}

void append_utf8(std::string& text, uint32_t point) {
  const auto tail = [&](int shift) {
    text.push_back(static_cast<char>(0x80U | (point >> shift & 0x3fU)));
  };
  if (point < 0x80) {
    text.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text.push_back(static_cast<char>(0xc0U | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    text.push_back(static_cast<char>(0xe0U | point >> 12));
    tail(6), tail(0);
  } else {
    text.push_back(static_cast<char>(0xf0U | point >> 18));
    tail(12), tail(6), tail(0);
  }
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
  std::string replaced;
  for (size_t from = 0;;) {
    const auto at = text.find(what, from);
    replaced += text.substr(from, at - from);
    if (at == std::string_view::npos) return replaced;
    replaced += by;
    from = at + what.size();
  }
}

bool contains(std::span<const PointRange> ranges, uint32_t point) {
  const auto after = std::ranges::upper_bound(ranges, point, {}, &PointRange::first);
  return after != ranges.begin() && point <= std::prev(after)->last;
}

bool is_space(uint32_t point) { return contains(kSpace, point); }

bool is_number(uint32_t point) {
  const auto c = category(point);
  return c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(uint32_t point) {
  if (point < 0x80) return is_ascii_punctuation(point);
  const auto c = category(point);
  const bool now = c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
  return (now && !contains(kLaterPunctuation, point)) || contains(kFormerPunctuation, point);
}

bool is_word(uint32_t point) {
  const auto c = category(point);
  const bool letter_or_mark = c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_ME;
  return letter_or_mark || c == UTF8PROC_CATEGORY_ND || c == UTF8PROC_CATEGORY_NL ||
         c == UTF8PROC_CATEGORY_PC || contains(kOtherWord, point);
}

std::string lowercase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto [point, length] = code_point(text, at);
    at += length;
    // The one letter whose lower case is two code points, in SpecialCasing.txt.
    if (point == 0x130) {
      lower += "i\xcc\x87";
    } else {
      append_utf8(lower, static_cast<uint32_t>(utf8proc_tolower(static_cast<int32_t>(point))));
    }
  }
  return lower;
}

}  // namespace ww
