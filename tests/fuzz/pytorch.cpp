// pytorch.cpp: the ZIP archive of a PyTorch checkpoint, with the pickle in it.

#include "models/formats/pytorch.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) { widen_some(read_pytorch(put("model.pt", bytes))); }
