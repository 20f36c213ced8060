// llama2c_tokenizer.hpp: llama2.c's tokenizer.bin.
#pragma once

#include "models/text/tokenizer.hpp"

namespace ww {

/// int32 longest piece, then for each piece float score, int32 length, bytes. BOS is 1 and begins
/// every text, which is llama2.c's habit. Throws InputError for a file that is cut off or has fewer
/// than the 259 pieces of bytes.
std::unique_ptr<Tokenizer> read_llama2c_tokenizer(const std::filesystem::path& path);
/// Whether it is called like one: the format has no mark.
bool is_llama2c_tokenizer(const std::filesystem::path& path);

}  // namespace ww
