// tokenizer_formats.hpp: the table of tokenizer files. A new one is a pair of files and a line.
#pragma once

#include <vector>

#include "models/text/tokenizer.hpp"

namespace ww {

struct TokenizerFormat {
  const char* what;
  std::vector<const char*> names;  // looked for with a checkpoint
  bool (*recognises)(const std::filesystem::path&);
  std::unique_ptr<Tokenizer> (*read)(const std::filesystem::path&);
};

/// In the order in which they are looked for and asked.
const std::vector<TokenizerFormat>& tokenizer_formats();

}  // namespace ww
