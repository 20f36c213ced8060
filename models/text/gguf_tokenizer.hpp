// gguf_tokenizer.hpp: the tokenizer inside a GGUF file: `tokenizer.ggml.*` of its metadata.
#pragma once

#include "models/text/tokenizer.hpp"

namespace ww {

/// Models `llama` (pieces with scores) and `gpt2` (byte-level BPE; `tokenizer.ggml.pre` says what
/// is done before merging). Control and user-defined tokens are found in the text before anything
/// else. Throws InputError that names any other model and pre-tokenizer.
std::unique_ptr<Tokenizer> read_gguf_tokenizer(const std::filesystem::path& path);

}  // namespace ww
