// formats.hpp: the table of public checkpoint formats. A new one is a pair of files and a line.
#pragma once

#include <filesystem>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

struct FormatRow {
  const char* name;
  const char* what;
  bool (*recognises)(const std::filesystem::path&);  // a file or a folder
  SourceModel (*read)(const std::filesystem::path&);
};

const std::vector<FormatRow>& formats();

/// Reads with the first format that recognises the file or folder. Throws InputError that lists the
/// formats where none does, and as the format's reader does.
SourceModel read_source(const std::filesystem::path& path);

}  // namespace ww
