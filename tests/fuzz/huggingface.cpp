// huggingface.cpp: config.json of a Hugging Face folder, whatever the weights are.

#include "models/formats/huggingface.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  put_once("model.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  put("config.json", bytes);
  if (is_huggingface(folder())) inspect(read_huggingface(folder()));
}
