// llama.hpp: what files of the Llama family share: their parts, and which of their tensors fill
// which of our parameters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/config.hpp"

namespace ww {

/// A file's own tensor names; "{}" stands for the layer.
struct LlamaNames {
  std::string embed, norm, head, attn_norm, q, k, v, out, mlp_norm, gate, up, down;
};

/// RoPE on adjacent pairs (as llama2.c and GGUF store them), SiLU-gated MLP.
void set_llama_parts(ModelConfig& config);

/// Our parameter -> the file's tensors, by rows in this order.
std::map<std::string, std::vector<std::string>> llama_stacks(const LlamaNames& names,
                                                             const ModelConfig& config);

}  // namespace ww
