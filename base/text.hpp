// text.hpp: numbers as people type them, UTF-8, and JSON that is fit to be parsed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ww {

/// The whole of `text` as a number. Throws InputError that names `where` ("--base") otherwise, and
/// for NaN and infinities.
double parse_real(const std::string& text, const std::string& where);
int64_t parse_integer(const std::string& text, const std::string& where);

/// Of JSON: libraries copy and destroy values recursively and take a hundred bytes for one that is
/// written in two. Throws InputError, beginning with `where`, for what nests deeper than 64 or
/// holds more than `most` values; anything else is for the parser to say.
void check_json(std::string_view text, const std::string& where, size_t most = size_t{1} << 18);

/// Each byte that belongs to no character of UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);

/// JSON as Python writes it, with NaN, Infinity and -Infinity as the texts "NaN" and so on: valid,
/// and refused as no number where one of them is read.
std::string without_python_numbers(std::string_view text);

}  // namespace ww
