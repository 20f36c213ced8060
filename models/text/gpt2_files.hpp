// gpt2_files.hpp: a byte-level BPE in two files: vocab.json with merges.txt (Hugging Face), or
// encoder.json with vocab.bpe (GPT-2's own).
#pragma once

#include "models/text/tokenizer.hpp"

namespace ww {

bool is_gpt2_file(const std::filesystem::path& path);

/// `path` is either of the two. What is done before merging is GPT-2's, or what the
/// `tokenizer_class` of a tokenizer_config.json beside it stands for; `add_bos_token`,
/// `add_prefix_space` and `added_tokens_decoder` of that file are followed. Throws InputError for a
/// missing partner and a class that we do not know.
std::unique_ptr<Tokenizer> read_gpt2_files(const std::filesystem::path& path);

}  // namespace ww
