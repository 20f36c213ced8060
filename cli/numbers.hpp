// numbers.hpp: what may be typed where an option takes a whole number.
#pragma once

#include <CLI/CLI.hpp>

namespace ww {

/// Gives every option of every command that takes a whole number a check of its text. CLI11 alone reads
/// 010 as eight and takes what does not fit as the nearest number that does.
void check_numbers(CLI::App& app);

}  // namespace ww
