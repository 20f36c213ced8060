// tokenizer_json.cpp: tokenizer.json, and after a NUL the tokenizer_config.json beside it.

#include "models/text/tokenizer_json.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  const auto files = parts(bytes, 2);
  put("tokenizer_config.json", files[1].empty() ? "{}" : files[1]);
  use(*read_tokenizer_json(put("tokenizer.json", files[0])));
}
