// mapped_faults.hpp: what other programs do to a file while it is mapped. One that is cut off
// raises SIGBUS where it is read: the program then says which file, and ends with status 2. One
// that is changed in place, or cut within its last page, raises nothing and is noticed afterwards.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace ww {

/// From now on a fault within the bytes names the file. Thread-safe; of more than 4096 files at
/// once the further ones have no name and are not looked at again.
void watch_mapping(std::span<const std::byte> bytes, const std::filesystem::path& path);
void unwatch_mapping(std::span<const std::byte> bytes);

/// Throws InputError that names a file which was changed in place while it was mapped, now or
/// earlier. One that was replaced as a whole is none: the old one stays mapped.
void check_mappings_unchanged();

}  // namespace ww
