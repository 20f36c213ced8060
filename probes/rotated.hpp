// rotated.hpp: chunks turned to their positions, as the model's own scores have them.
#pragma once

#include "probes/walk.hpp"

namespace ww {

/// e^{i t theta_c} z_c of some tokens, and the features that never turn.
struct Rotated {
  at::Tensor real, imaginary;  // [G, T, F]
  at::Tensor tail;             // [G, T, R]; undefined where every feature turns
};

/// Queries of `rows` [R], int64; keys of every position. Angles are formed in float64; of the type
/// of the captured tensors.
Rotated rotated_query(const AttentionView& view, const at::Tensor& rows);
Rotated rotated_key(const AttentionView& view);

/// Key heads repeated for the query heads that they serve.
Rotated spread(const Rotated& key, int64_t heads);

}  // namespace ww
