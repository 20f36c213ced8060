// llama2c.hpp: the .bin files of Karpathy's llama2.c, version 0: seven int32, then float32 tensors,
// each over all layers, in a fixed order; pairs are adjacent, base 10,000.
//
//   dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size (negative: untied head), seq_len
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Whether the file looks like one: a header whose sizes multiply to exactly the file's length.
bool is_llama2c(const std::filesystem::path& path);
/// Throws InputError for a header that cannot be, a length that is not the header's, and rotation
/// tables of another base.
SourceModel read_llama2c(const std::filesystem::path& path);

}  // namespace ww
