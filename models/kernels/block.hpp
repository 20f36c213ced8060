// block.hpp: one transformer block over a group of strings, as the vector kernels see it: sizes and
// pointers. The maths is decoder.hpp's; what runs it is in vector/.
//
//   x2 = x + out(attention(norm(x)));   y = x2 + mlp(norm(x2)),   mlp(h) = down(gelu(up(h)))
//
// Sizes: G strings of T positions, R rows of each wanted (all T, or the graded ones), C width, H
// heads over Hk key heads of width D, M hidden, F frequencies, E width of a score's products, Tp =
// T rounded up to 16. C, D and M are multiples of 16. Buffers belong to the caller. This header is
// also read by units with vector flags: nothing in it may become a function.
#pragma once

#include <cstdint>

#include "models/kernels/rotation.hpp"

namespace ww::kernels {

struct BlockShape {
  int64_t width, heads, key_heads, head_width, hidden;  // C, H, Hk, D, M
  Kind kind;
  Magnitude magnitude;
  float epsilon;  // of both norms
};

/// A block's parameters or their gradients as they lie in model.safetensors (see config.hpp).
template <typename Data>
struct BlockTensors {
  Data *attn_norm, *qkv, *out, *mlp_norm, *up, *down;
  Data* phase;  // [Hk, F], gradients alone; may be null
};

/// The [N, K] matrix of y = x W^T in panels of columns (see products.hpp): `forward` is W^T,
/// `backward` W. Both hold N K floats.
struct Packed {
  const float *forward, *backward;
};

struct BlockWeights {
  const float *attn_norm, *mlp_norm;       // [C]
  Packed query, key_value, out, up, down;  // [H D, C], [2 Hk D, C], [C, H D], [M, C], [C, M]
  const float *phase_cosine, *phase_sine;  // [Hk, F], polar; null: no phase on keys
};

/// Where a block's gradients are added. Matrices are in panels, as Packed::backward.
struct BlockGradients {
  float *attn_norm, *mlp_norm, *query, *key_value, *out, *up, *down;
  float* phase;                    // [Hk, F], rad; null: none wanted
  float* bias;                     // as Strings::bias; null: none wanted
  int64_t bias_string, bias_head;  // strides of `bias`, floats
  bool first;                      // the matrices are written rather than added to
};

/// The strings of one call: who stands where, who sees whom, whose output is wanted.
struct Strings {
  int64_t count, length, rows;     // G, T, R
  const int32_t* row;              // [R]; null: all T
  const int32_t* position;         // [T] or [G, T]: rows of the tables
  int64_t position_string;         // stride of `position` from string to string: 0 or T
  const float *cosine, *sine;      // [.., F], rad; F = D / 2 (pairs) or D (polar)
  const float* bias;               // [T, Tp], added to scaled scores; -inf hides, also from T to Tp
  int64_t bias_string, bias_head;  // strides of `bias`, floats; 0 where shared
};

}  // namespace ww::kernels
