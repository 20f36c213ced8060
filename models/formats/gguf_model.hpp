// gguf_model.hpp: which model a GGUF container holds. An architecture is a line in the table.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Throws InputError, by name, for an architecture, a scaling or a part that is not supported, and
/// for metadata that is missing or cannot be.
SourceModel read_gguf(const std::filesystem::path& path);

/// "llama, qwen2, ..": the architectures that read_gguf() knows.
std::string gguf_architectures();

}  // namespace ww
