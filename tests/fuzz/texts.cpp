// texts.cpp: files of ids and files of texts.

#include "models/text/texts.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  const auto path = put("texts", bytes);
  refused_or_read([&] { (void)read_ids(path, 512); });
  for (const bool whole : {false, true}) {
    refused_or_read([&] { (void)read_texts(path, whole); });
  }
}
