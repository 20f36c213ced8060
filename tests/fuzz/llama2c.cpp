// llama2c.cpp: a model of llama2.c.

#include "models/formats/llama2c.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) { inspect(read_llama2c(put("model.bin", bytes))); }
