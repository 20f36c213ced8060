// sha256.hpp: the hash that names a file or a text in provenance.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ww {

/// 64 hexadecimal digits.
std::string sha256(std::string_view text);
/// Of a file of any size. Throws InputError where it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace ww
