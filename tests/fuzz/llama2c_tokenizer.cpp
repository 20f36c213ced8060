// llama2c_tokenizer.cpp: tokenizer.bin of llama2.c.

#include "models/text/llama2c_tokenizer.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  use(*read_llama2c_tokenizer(put("tokenizer.bin", bytes)));
}
