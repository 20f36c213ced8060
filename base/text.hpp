// text.hpp: numbers as people type them.
#pragma once

#include <cstdint>
#include <string>

namespace ww {

/// The whole of `text` as a number. Throws InputError that names `where` ("--base") otherwise, and
/// for NaN and infinities.
double parse_real(const std::string& text, const std::string& where);
int64_t parse_integer(const std::string& text, const std::string& where);

}  // namespace ww
