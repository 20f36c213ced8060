// rotated.hpp: chunks turned to their positions, as the model's own scores have them.
#pragma once

#include "models/window_usage.hpp"

namespace ww {

/// e^{i t theta_c} z_c of some tokens, and the features that never turn.
struct Rotated {
  at::Tensor real, imaginary;  // [G, T, F]
  at::Tensor tail;             // [G, T, R]; undefined where every feature turns
};

/// Queries or keys x [G, T, D] of tokens at `positions` [T], int64. Angles are formed in float64;
/// of x's type.
Rotated rotated(const Encoding& encoding,
                Side side,
                const at::Tensor& x,
                const at::Tensor& positions);

/// Rows [H, S, X] of query heads times those [Hk, K, X] of the key heads that serve them: [H, S,
/// K].
at::Tensor products(const at::Tensor& query, const at::Tensor& key);

/// What they score without bias, [H, S, K]: kappa Re(conj(zq) zk) and, scaled, the features that
/// never turn; kappa = scale factor^2.
at::Tensor scores_of(const Rotated& query, const Rotated& key, double scale, double factor);

/// Key heads repeated for the query heads that they serve.
Rotated spread(const Rotated& key, int64_t heads);

}  // namespace ww
