// words.hpp: numbers as the findings write them.
#pragma once

#include <string>

#include "plots/findings/usage_shares.hpp"

namespace ww {

/// "12.3 %", with the interval behind it where there is one: "12.3 % (12.1 to 12.5 %)".
std::string share_words(double share);
std::string share_words(const Measured& share);
/// "9.6 tokens (9.5 to 9.7)"; "no turn at all" where it is infinite.
std::string wavelength_words(const Measured& wavelength);
/// "0.112 (0.108 to 0.116)".
std::string number_words(const Measured& value, int digits = 3);
/// "layer 3 head 1".
std::string head_words(size_t layer, size_t head);

}  // namespace ww
