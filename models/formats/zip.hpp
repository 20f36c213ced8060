// zip.hpp: the members of a ZIP archive whose bytes stand in it as they are (PKWARE's APPNOTE,
// sections 4.3 and 4.5, zip64 too), as PyTorch writes its checkpoints.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace ww {

/// Member name -> bytes within `archive`. Throws InputError, beginning with `where`, for an archive
/// that is cut off, damaged, or has a member that is compressed or encrypted, called otherwise in
/// its own header, or shares bytes with another.
std::map<std::string, std::span<const std::byte>> zip_members(std::span<const std::byte> archive,
                                                              const std::string& where);

}  // namespace ww
