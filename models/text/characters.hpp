// characters.hpp: UTF-8 and the classes of characters that tokenizers ask for.
//
// Classes are utf8proc's (the Unicode version of the library that is installed), but punctuation,
// where the reference implementation's table is frozen; see the table in characters.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ww {

/// A code point and how many bytes it takes.
struct CodePoint {
  uint32_t value;
  size_t length;
};
/// The code point that starts at byte `at` < text.size(). Never reads past the end: bytes that are
/// no UTF-8 stand for themselves.
CodePoint code_point(std::string_view text, size_t at);
void append_utf8(std::string& text, uint32_t point);

/// U+2581, which stands for a space in pieces.
inline constexpr const char* kSpaceMark = "\xe2\x96\x81";

/// The text with `by` for each `what`, which is not empty.
std::string replace_all(std::string_view text, std::string_view what, std::string_view by);

struct PointRange {
  uint32_t first, last;
};
/// Whether one of the ranges, which rise, holds the point.
bool contains(std::span<const PointRange> ranges, uint32_t point);

bool is_space(uint32_t point);   // White_Space
bool is_number(uint32_t point);  // Nd, Nl, No
bool is_punctuation(uint32_t point);
bool is_word(uint32_t point);  // \w of UTS 18: alphabetic, marks, digits, connectors, joiners

/// Each code point's own lower case (no final sigma, no language).
std::string lowercase(std::string_view text);

}  // namespace ww
