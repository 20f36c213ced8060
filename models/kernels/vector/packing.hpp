// packing.hpp: a block's matrices into the panels that products read, and summed gradients back.
#pragma once

#include "models/kernels/vector/buffers.hpp"

namespace ww::kernels {
namespace {

/// Rows of q and k come in the order that pairs want: packed row n of the first `ordered` ones is
/// row head D + order[n % D] of the file.
struct RowOrder {
  const int32_t* order;  // [D]; null: as they are
  int64_t D, ordered;

  int64_t source(int64_t n) const {
    return order == nullptr || n >= ordered ? n : n / D * D + order[n % D];
  }
};

inline int64_t panel_width(int64_t column, int64_t columns) {
  return columns - column < kPanel ? columns - column : kPanel;
}

/// w [N, K] -> the panels of W.
inline void pack_rows(const float* w, int64_t N, int64_t K, const RowOrder& order, float* to) {
  for (int64_t k = 0; k < K; k += kPanel) {
    const int64_t width = panel_width(k, K);
    for (int64_t n = 0; n < N; ++n, to += width) copy(w + order.source(n) * K + k, to, width);
  }
}

/// The panels of W -> the panels of W^T.
inline void pack_transposed(const float* w, int64_t N, int64_t K, float* to) {
  for (int64_t n = 0; n < N; n += kPanel) {
    const int64_t high = panel_width(n, N);
    for (int64_t k = 0; k < K; k += kPanel) {
      const int64_t width = panel_width(k, K);
      transpose(w + k * N + n * width, width, high, width, to + n * K + k * high, high, high);
    }
  }
}

inline Packed pack(const float* w, int64_t N, int64_t K, const RowOrder& order, Cutter& memory) {
  float* const backward = memory.take(N * K);
  float* const forward = memory.take(N * K);
  if (memory.memory == nullptr) return {forward, backward};
  pack_rows(w, N, K, order, backward);
  pack_transposed(backward, N, K, forward);
  return {forward, backward};
}

/// The head [V, C] as the panels of W^T [C, Vp]; the columns from V on are 0.
inline void pack_head(const float* head, int64_t V, int64_t C, float* to) {
  const int64_t Vp = rounded_up(V);
  for (int64_t n = 0; n < Vp; n += kPanel) {
    const int64_t high = panel_width(n, Vp);
    transpose(head + n * C, C, V - n < high ? V - n : high, C, to + n * C, high, high);
  }
}

inline BlockWeights pack_block(const BlockShape& shape,
                               const int32_t* order,
                               const BlockTensors<const float>& from,
                               Cutter& memory) {
  const int64_t C = shape.width, D = shape.head_width, M = shape.hidden;
  const int64_t A = shape.heads * D, B = shape.key_heads * D;
  BlockWeights w;
  w.attn_norm = from.attn_norm;
  w.mlp_norm = from.mlp_norm;
  w.query = pack(from.qkv, A, C, {order, D, A}, memory);
  w.key_value = pack(from.qkv + A * C, 2 * B, C, {order, D, B}, memory);
  w.out = pack(from.out, C, A, {nullptr, D, 0}, memory);
  w.up = pack(from.up, M, C, {nullptr, D, 0}, memory);
  w.down = pack(from.down, C, M, {nullptr, D, 0}, memory);
  w.phase_cosine = w.phase_sine = nullptr;
  return w;
}

/// A block's gradients in a slot's memory, vectors before matrices; `bias` is the caller's.
inline BlockGradients cut_gradients(const BlockShape& shape, Cutter& from) {
  const int64_t C = shape.width, A = shape.heads * shape.head_width,
                B = shape.key_heads * shape.head_width;
  BlockGradients g;
  g.attn_norm = from.take(C);
  g.mlp_norm = from.take(C);
  g.phase = from.take(B);
  g.query = from.take(A * C);
  g.key_value = from.take(2 * B * C);
  g.out = from.take(C * A);
  g.up = from.take(shape.hidden * C);
  g.down = from.take(C * shape.hidden);
  g.bias = nullptr;
  g.bias_string = g.bias_head = 0;
  g.first = false;
  return g;
}

/// The same array of every slot: slot i's is `first` + i `stride`.
struct Slots {
  const float* first;
  int64_t count, stride;
};

/// Adds the slots' sum, in slot order, to `to`. Any count.
inline void add_slots(const Slots& slots, int64_t count, float* to) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Vector total = load(slots.first + i);
    for (int64_t k = 1; k < slots.count; ++k) total += load(slots.first + k * slots.stride + i);
    store(to + i, load(to + i) + total);
  }
  for (; i < count; ++i) {
    float total = slots.first[i];
    for (int64_t k = 1; k < slots.count; ++k) total += slots.first[k * slots.stride + i];
    to[i] += total;
  }
}

/// The same for a matrix [N, K] that lies in panels there and row by row here.
inline void add_matrix(Slots slots, int64_t N, int64_t K, const RowOrder& order, float* to) {
  for (int64_t k = 0; k < K; k += kPanel) {
    const int64_t width = panel_width(k, K);
    for (int64_t n = 0; n < N; ++n, slots.first += width) {
      add_slots(slots, width, to + order.source(n) * K + k);
    }
  }
}

inline void add_block(const BlockShape& shape,
                      const int32_t* order,
                      const BlockGradients& slot,
                      int64_t count,
                      int64_t stride,
                      const BlockTensors<float>& to) {
  const int64_t C = shape.width, D = shape.head_width, M = shape.hidden;
  const int64_t A = shape.heads * D, B = shape.key_heads * D;
  const RowOrder plain_order{nullptr, D, 0};
  add_slots({slot.attn_norm, count, stride}, C, to.attn_norm);
  add_slots({slot.mlp_norm, count, stride}, C, to.mlp_norm);
  if (to.phase != nullptr) add_slots({slot.phase, count, stride}, B, to.phase);
  add_matrix({slot.query, count, stride}, A, C, {order, D, A}, to.qkv);
  add_matrix({slot.key_value, count, stride}, 2 * B, C, {order, D, B}, to.qkv + A * C);
  add_matrix({slot.out, count, stride}, C, A, plain_order, to.out);
  add_matrix({slot.up, count, stride}, M, C, plain_order, to.up);
  add_matrix({slot.down, count, stride}, C, M, plain_order, to.down);
}

}  // namespace
}  // namespace ww::kernels
