// attention.hpp: softmax attention that knows an encoding only by its interface.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/encoding.hpp"
#include "models/observer.hpp"

namespace ww {

/// What all layers of one forward pass share about rows: who stands where and who sees whom.
struct Places {
  at::Tensor positions;  // [T] or [B, T], int64, CPU
  at::Tensor visible;    // added to scores: 0 or -inf; [T, T] or [B, 1, T, T]
};

/// i sees j iff position_j <= position_i and (block_j = 0 or block_j = block_i).
/// positions [T] or [B, T] and block [T] (undefined: all 0), int64, CPU; the result has `options`.
Places make_places(at::Tensor positions, const at::Tensor& block, at::TensorOptions options);

/// Queries of the rows in `rows` (undefined: all) over keys and values of every row.
/// q [B, H, R, D], k and v [B, Hk, T, D] -> [B, H, R, D]. `site` prefixes the observer's names.
struct AttentionInput {
  at::Tensor q, k, v;
  at::Tensor rows;  // [R], int64
};
at::Tensor attention(const AttentionInput& input,
                     const Encoding& encoding,
                     const Turn& turn,
                     const Places& places,
                     const Observer& observer,
                     const std::string& site);

}  // namespace ww
