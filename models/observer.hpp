// observer.hpp: how a probe watches a forward pass, and how an intervention changes its scores.
// Empty hooks cost nothing.
//
//   blocks.{l}.attn.q       [B, H, T, D]   before any rotation      .q_rot  [B, H, T, E]   after
//   blocks.{l}.attn.k       [B, Hk, T, D]                           .k_rot  [B, Hk, T, E]
//   blocks.{l}.attn.v       [B, Hk, T, D]
//   blocks.{l}.attn.scores  [B, H, R, T]   scaled, with bias, before soft cap and mask
//   blocks.{l}.attn.pattern [B, H, R, T]   after softmax
//   blocks.{l}.attn.sample  [B, H, S, K]   as scores, of sampled_rows() and sampled_keys() alone
//   blocks.{l}.out          [B, T, C]
//   logits                  [B, T, V]
//
// Of texts packed side by side each is shown by itself, B = 1. Scores and patterns of long texts
// come in slabs of R rows, from the first row on. Who can do without them, and without what
// rotation left, asks for `sampled` hooks: attention then takes the path that it takes unseen.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

namespace ww {

struct Observation {
  std::string site;       // "blocks.3.attn.q"
  int64_t layer = -1;     // -1: after the last block
  int64_t text = 0;       // which of the texts packed side by side
  int64_t first_row = 0;  // of a slab
  const at::Tensor& value;
};
using Observer = std::function<void(const Observation&)>;

/// What an intervention sees of one slab of one text: q and k before rotation, every row of them.
struct ScoreView {
  int64_t layer = 0, text = 0, first_row = 0;
  const at::Tensor &q, &k;   // [B, H, T, D], [B, Hk, T, D]
  const at::Tensor& scores;  // [B, H, R, T], scaled, with bias, before soft cap and mask
};
/// The scores to go on with.
using ScoreEditor = std::function<at::Tensor(const ScoreView&)>;

struct Hooks {
  Observer observe;
  ScoreEditor edit;
  bool sampled = false;  // neither .scores and .pattern nor .q_rot and .k_rot are shown
  explicit operator bool() const { return observe || edit; }
};

}  // namespace ww
