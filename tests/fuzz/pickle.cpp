// pickle.cpp: the pickle alone, which mutations reach more often than through an archive.

#include "models/formats/pickle.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  (void)read_pickle(std::as_bytes(std::span(bytes)), "data.pkl");
}
