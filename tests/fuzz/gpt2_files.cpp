// gpt2_files.cpp: vocab.json, merges.txt and tokenizer_config.json, with NULs between them.

#include "models/text/gpt2_files.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  const auto files = parts(bytes, 3);
  put("merges.txt", files[1]);
  put("tokenizer_config.json", files[2].empty() ? "{}" : files[2]);
  use(*read_gpt2_files(put("vocab.json", files[0])));
}
