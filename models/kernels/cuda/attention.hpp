// attention.hpp: softmax attention on a GPU, forward and backward, in bfloat16 or float16 with sums
// in float. The maths is models/kernels/attention.hpp's:
//
//   pattern_ts = exp(scale q~_t . k~_s + bias_ts - lse_t)        output_t = sum_s pattern_ts v_s
//
// Queries and keys turn as in rotation.hpp. Query t stands at place t + Tk - Tq, so that the last
// query stands at the last key; where `causal` it sees keys s with place - window < s <= place,
// else all; `bias` may hide more. A query that sees nothing gives 0 and lse -inf. Query head h
// reads key head h / (H / Hk). Every sum has a fixed order: the same call gives the same bits.
#pragma once

#include <cstdint>

#include "models/kernels/attention.hpp"
#include "models/kernels/cuda/element.hpp"
#include "models/kernels/cuda/stream.hpp"
#include "models/kernels/rotation.hpp"

namespace ww::kernels::cuda {

/// Which features one frequency c of `pairs` turns: c and c + D/2, or 2 c and 2 c + 1.
enum class PairLayout { half, adjacent };

/// Bits of a tensor of `element`: [.., D] with the last dimension contiguous, rows at multiples of
/// 16 bytes.
using Readable = HeadTensor<const uint16_t>;
using Writable = HeadTensor<uint16_t>;

/// Rows of the table of angles, [T] or [B, T]: row[t] for place t.
struct TableRows {
  const int32_t* row = nullptr;
  int64_t string = 0;  // stride from string to string; 0: the same for all
};

struct DeviceAttention {
  int64_t B, H, Hk, Tq, Tk, D;
  Element element = Element::bfloat16;
  Kind kind = Kind::none;
  Magnitude magnitude = Magnitude::softplus;  // polar
  PairLayout layout = PairLayout::half;       // pairs
  float scale = 1;
  bool causal = true;
  int64_t window = 0;  // keys that a query sees, its own place included; 0: no window; causal only
  /// Cosine and sine of the angles, [table_rows, F, 2]; F = D / 2 (pairs) or D (polar). A row that
  /// is not in the table gives NaN.
  const float* table = nullptr;
  int64_t table_rows = 0;
  /// Without them a key's table row is its place, a query's too (or, of more queries than keys, the
  /// query's index and the key's place + Tq - Tk). Both or neither.
  TableRows query_rows, key_rows;
  const float* delta =
      nullptr;                  // [Hk, F], rad, polar: added to keys' angles, clamped to [-2 pi, 0]
  const float* bias = nullptr;  // [.., Tq, Tk], added to scaled scores
  int64_t bias_string = 0, bias_head = 0, bias_row = 0;  // its strides; the last is 1
  Readable query{}, key{}, value{};                      // [B, H, Tq, D], [B, Hk, Tk, D] twice
  Writable output{};                                     // [B, H, Tq, D]
  float* lse = nullptr;                                  // [B, H, Tq], nats
};

/// Of a loss. All are written; scratch and d_delta only with delta.
struct DeviceAttentionGradients {
  Readable d_output{};                     // [B, H, Tq, D]
  Writable d_query{}, d_key{}, d_value{};  // as query, key, value
  float* d_delta = nullptr;                // [Hk, F]; 0 where delta is outside [-2 pi, 0]
  float* d_delta_parts = nullptr;          // delta_part_floats() of scratch
  /// Minus the same gradient, by turning queries instead of keys: [B, query blocks, H, F] to be
  /// summed and clamped by who asks. A check of the kernels; null: not wanted.
  float* d_query_phase = nullptr;
};

/// Head widths that the kernels are made for.
constexpr bool takes_width(int64_t D) { return D == 32 || D == 64 || D == 96 || D == 128; }

constexpr int64_t kBlockRows = 64;  // queries or keys of one block

constexpr int64_t blocks_of(int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

/// Floats that d_delta_parts must hold: [B, key blocks, Hk, F].
constexpr int64_t delta_part_floats(const DeviceAttention& a) {
  return a.B * blocks_of(a.Tk) * a.Hk * a.D;
}

/// Throw InputError with a sentence for sizes, strides, alignment or combinations that the kernels
/// cannot do.
void check_attention(const DeviceAttention& a);
void check_gradients(const DeviceAttention& a, const DeviceAttentionGradients& g);

/// Check, then launch on `stream`; output and lse are there when the stream comes to it.
void attention_forward(const DeviceAttention& a, DeviceStream stream);
/// Reads what the forward call wrote.
void attention_backward(const DeviceAttention& a,
                        const DeviceAttentionGradients& g,
                        DeviceStream stream);

}  // namespace ww::kernels::cuda
