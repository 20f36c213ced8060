// symbols.hpp: how the symbols of a vocabulary are called.
#pragma once

#include <string>

namespace ww {

/// a..z, A..Z, then {52}, {53}, ..
std::string letter_name(int letter);
/// 0..9, then {10}, {11}, ..
std::string value_name(int value);
/// -2, -1, +0, +1: zero carries a plus.
std::string shift_name(int shift);

/// Stands before a string where it is moved to other positions; always the last id.
inline constexpr const char* kFiller = "_";

}  // namespace ww
