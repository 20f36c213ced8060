// safetensors.cpp: weights in safetensors.

#include "models/formats/safetensors.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  widen_some(read_safetensors(put("model.safetensors", bytes)));
}
