// manifest.cpp: whatwhere.json.

#include "models/formats/manifest.hpp"

#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  const std::string header = R"({"a": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}})";
  put_once("a.safetensors",
           std::string(1, static_cast<char>(header.size())) + std::string(7, 0) + header +
               std::string(4, 0));
  inspect(read_manifest(put("whatwhere.json", bytes)));
}
