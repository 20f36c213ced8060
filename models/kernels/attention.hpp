// attention.hpp: softmax attention alone, for strings too long for a fused block and for models of
// other makes: sizes, strides and pointers. The maths is models/attention.hpp's; what runs it is in
// vector/attention.hpp.
//
//   pattern_rs = exp(scale q~_r . k~_s + bias_rs - lse_r)        output_r = sum_s pattern_rs v_s
//
// Wanted row r of R stands at place t = row[r] of T and sees places s with t - window < s <= t
// where `causal`, else all; `bias` may hide more. A row that sees nothing gives 0 and lse -inf.
// Query head h reads key head h / (H / Hk). Turns as in rotation.hpp; D is a multiple of 16.
#pragma once

#include <cstdint>

#include "models/kernels/rotation.hpp"

namespace ww::kernels {

/// Feature d of (string b, head h, place t) is data[b string + h head + t place + d].
template <typename Data>
struct HeadTensor {
  Data* data;
  int64_t string, head, place;
};

struct Attention {
  int64_t B, H, Hk, R, T, D;
  Kind kind;
  Magnitude magnitude;
  float scale;
  bool causal;
  int64_t window;              // places that a row sees, itself included; 0: no window
  const int32_t* row;          // [R]; null: all T
  bool neighbours;             // pairs are features 2c and 2c + 1; `order` is not read
  const int32_t* order;        // [D], see Encoding::rotation(); null: features as they are
  const float *cosine, *sine;  // [T, F] or [B, T, F]; F = D / 2 (pairs) or D (polar)
  int64_t table_string;        // their stride from string to string
  const float *phase_cosine, *phase_sine;     // [Hk, F], polar; null: no phase on keys
  const float* bias;                          // [.., T, T]; null: none
  int64_t bias_string, bias_head, bias_row;   // its strides; the last is 1
  HeadTensor<const float> query, key, value;  // [B, H, R, D], [B, Hk, T, D] twice
  HeadTensor<float> output;                   // [B, H, R, D]
  float* lse;                                 // [B, H, R], nats
};

/// All are written; d_phase [B, Hk, F] may be null.
struct AttentionGradients {
  HeadTensor<const float> output;       // [B, H, R, D], of the loss
  HeadTensor<float> query, key, value;  // as in Attention
  float* d_phase;
};

}  // namespace ww::kernels
