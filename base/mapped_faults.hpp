// mapped_faults.hpp: a mapped file that another program cuts off raises SIGBUS where it is read.
// The program then says which file, and ends with status 2.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace ww {

/// From now on a fault within the bytes names the file. Thread-safe; of more than 4096 files at
/// once the further ones have no name.
void watch_mapping(std::span<const std::byte> bytes, const std::filesystem::path& path);
void unwatch_mapping(std::span<const std::byte> bytes);

}  // namespace ww
