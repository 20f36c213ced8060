// observer.hpp: how a probe watches a forward pass. An empty observer costs nothing.
//
//   blocks.{l}.attn.q       [B, H, T, D]   before any rotation      .q_rot  [B, H, T, E]   after
//   blocks.{l}.attn.k       [B, Hk, T, D]                           .k_rot  [B, Hk, T, E]
//   blocks.{l}.attn.v       [B, Hk, T, D]
//   blocks.{l}.attn.scores  [B, H, T, T]   scaled, with bias, before the mask
//   blocks.{l}.attn.pattern [B, H, T, T]   after softmax
//   blocks.{l}.out          [B, T, C]
//   logits                  [B, T, V]
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace ww {

using Observer = std::function<void(const std::string& site, const at::Tensor& value)>;

}  // namespace ww
