// formats.hpp: the table of public checkpoint formats. A new one is a pair of files and a line.
#pragma once

#include <filesystem>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

struct FormatRow {
  const char* name;
  const char* what;
  bool (*recognises)(const std::filesystem::path&);
  SourceModel (*read)(const std::filesystem::path&);
};

const std::vector<FormatRow>& formats();

/// Reads the first format that recognises the file and checks that every tensor of the file fills a
/// parameter, and that each filled parameter's tensors are there. Throws InputError that lists the
/// formats where none does.
SourceModel read_source(const std::filesystem::path& path);

}  // namespace ww
