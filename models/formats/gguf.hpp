// gguf.hpp: GGUF files, versions 2 and 3 (ggml's format): little-endian key-value pairs, tensor
// descriptions, aligned data. Which model that is stands in gguf_model.hpp.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

bool is_gguf(const std::filesystem::path& path);

/// The container: tensors with row-major shapes (GGUF's are fastest first), pairs as metadata. Of a
/// file `..-00001-of-0000N.gguf` all N are read. Throws InputError for anything that is cut off,
/// overlaps or cannot be.
WeightFile read_gguf_container(const std::filesystem::path& path);

}  // namespace ww
