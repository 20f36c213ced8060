// exact_rows.hpp: scores and attention patterns of some query rows, formed anew in float64 from
// queries and keys before rotation. Those of the model are float32: where queries and keys have
// large constant parts, as biases give them, scores are large and what tells keys apart is rounded
// away before any sum is formed.
#pragma once

#include "probes/rotated.hpp"
#include "probes/walk.hpp"

namespace ww {

struct ExactRows {
  at::Tensor rows;     // [R], int64
  at::Tensor seen;     // [R, T], bool: keys that a row sees
  Rotated query, key;  // of the rows [H, R, F]; of every key, [Hk, T, F]
  at::Tensor bias;     // [H, R, T], what scores hold beside products; undefined: nothing
  at::Tensor scores;   // [H, R, T], scaled, with bias, before soft cap and mask
  at::Tensor pattern;  // [H, R, T]
};

/// Of rows [R], int64, of a window whose tokens stand at 0, 1, ..; on the view's device.
ExactRows exact_rows(const AttentionView& view, const at::Tensor& rows);

/// Some of their rows, by index.
ExactRows picked(const ExactRows& all, const at::Tensor& indices);

}  // namespace ww
