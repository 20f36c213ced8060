// gguf.hpp: GGUF files, versions 2 and 3 (ggml's format): little-endian key-value pairs, tensor
// descriptions, aligned data.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

bool is_gguf(const std::filesystem::path& path);

/// The container: tensors with row-major shapes (GGUF's are fastest first), pairs as metadata.
/// Throws InputError for anything that is cut off, overlaps or cannot be.
WeightFile read_gguf_container(const std::filesystem::path& path);

/// A model of architecture `llama` whose tensors are F32, F16, BF16 or F64. Everything else is
/// refused by name.
SourceModel read_gguf(const std::filesystem::path& path);

}  // namespace ww
