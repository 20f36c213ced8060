// sha256.hpp: the hash that names a file or a text in provenance (FIPS 180-4, section 6.2).
#pragma once

#include <string>
#include <string_view>

namespace ww {

/// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace ww
