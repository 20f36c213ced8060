// names.hpp: a family of checkpoints as data: what its tensors are called, without ".weight" and
// ".bias"; "{l}" is the layer, "{h}" the head. Empty: the family has no such tensor.
#pragma once

#include <map>
#include <string>

#include "models/formats/weights.hpp"

namespace ww {

struct TensorNames {
  std::string embed{}, norm{}, head{};
  std::string attn_norm{}, attn_post_norm{}, mlp_norm{}, mlp_post_norm{};
  std::string q{}, k{}, v{};  // or all in one:
  std::string qkv{};          // rows of q, then k, then v
  bool qkv_by_head = false;   // rows of q, k, v of head 0, then of head 1, .. (NeoX)
  std::string q_norm{}, k_norm{}, out{};
  std::string gate{}, up{}, down{};  // a gate only where the MLP is gated
  std::string gate_up{};             // gate and up in one, rows of the gate first
  float norm_add = 0;                // Gemma stores the norms' weights minus 1
};

/// Which of the file's tensors fill which of our parameters, for the configuration's parts.
std::map<std::string, Stack> stacks_of(const TensorNames& names, const ModelConfig& config);

}  // namespace ww
