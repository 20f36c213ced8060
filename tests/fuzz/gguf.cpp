// gguf.cpp: a GGUF file: header, metadata, quantised tensors, and the tokenizer in it.

#include "models/formats/gguf.hpp"

#include "models/formats/gguf_model.hpp"
#include "models/text/gguf_tokenizer.hpp"
#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  const auto path = put("model.gguf", bytes);
  refused_or_read([&] { widen_some(read_gguf_container(path)); });
  refused_or_read([&] { inspect(read_gguf(path)); });
  refused_or_read([&] { use(*read_gguf_tokenizer(path)); });
}
