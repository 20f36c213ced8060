// shard_index.cpp: the index of weights in shards.

#include "models/formats/huggingface.hpp"
#include "tests/fuzz/fuzz.hpp"

void ww::fuzz::read(std::string_view bytes) {
  put_once("config.json", R"({"model_type": "llama", "vocab_size": 8, "hidden_size": 4,
      "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4})");
  put_once("a.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  put("model.safetensors.index.json", bytes);
  inspect(read_huggingface(folder()));
}
