// model.hpp: embedding, blocks, final norm, head and cross-entropy, forward and backward, a group
// of strings at a time: one group's activations stay in the second-level cache from end to end.
#pragma once

#include "models/kernels/model.hpp"
#include "models/kernels/vector/block_backward.hpp"

namespace ww::kernels {
namespace {

constexpr int64_t kMostLayers = 64;

struct Head {
  float *top, *h, *scale, *logits, *d_h;  // [G R, C], [G R, C], [G R], [G R, Vp], [G R, C]
};

/// All that a group needs.
struct Group {
  Saved blocks[kMostLayers];
  Scratch scratch;
  Head head;
  float *d, *d_next;  // [G T, C] twice
};

inline Group cut_group(
    const BlockShape& shape, const ModelWeights& w, const Strings& all, int64_t G, Cutter& from) {
  Strings strings = all;
  strings.count = G;
  const Sizes last = sizes_of(shape, strings);
  strings.rows = strings.length;
  const Sizes full = sizes_of(shape, strings);
  Group group;
  for (int64_t l = 0; l < w.layers; ++l) {
    group.blocks[l] = cut_saved(l + 1 == w.layers ? last : full, from);
  }
  group.scratch = cut_scratch(full, from);
  const int64_t n = last.wanted_rows, C = shape.width;
  group.head = {from.take(n * C),
                from.take(n * C),
                from.take(n),
                from.take(n * rounded_up(w.vocabulary)),
                from.take(n * C)};
  group.d = from.take(full.all_rows * C);
  group.d_next = from.take(full.all_rows * C);
  return group;
}

/// The strings from .. from + G - 1 in one layer.
inline Strings layer_strings(
    const ModelBatch& batch, const ModelWeights& w, int64_t layer, int64_t from, int64_t G) {
  Strings s = batch.strings;
  s.count = G;
  s.position += from * s.position_string;
  s.bias = batch.bias[layer] + from * s.bias_string;
  if (layer + 1 < w.layers) {
    s.rows = s.length;
    s.row = nullptr;
  }
  return s;
}

inline void embed(
    const ModelWeights& w, const ModelBatch& batch, int64_t from, int64_t G, int64_t C, float* x) {
  const int64_t T = batch.strings.length;
  for (int64_t n = 0; n < G * T; ++n, x += C) {
    copy(w.embedding + batch.tokens[from * T + n] * C, x, C);
    if (batch.added == nullptr) continue;
    add_row(x, batch.added + (from + n / T) * batch.added_string + n % T * C, C);
  }
}

inline void embed_back(const ModelBatch& batch,
                       int64_t from,
                       int64_t G,
                       int64_t C,
                       const float* dx,
                       const ModelGradients& to) {
  const int64_t T = batch.strings.length;
  for (int64_t n = 0; n < G * T; ++n, dx += C) {
    add_row(to.embedding + batch.tokens[from * T + n] * C, dx, C);
    if (to.added == nullptr) continue;
    add_row(to.added + (from + n / T) * batch.added_string + n % T * C, dx, C);
  }
}

/// Strings from .. from + G - 1 up to the logits [G R, Vp].
inline void group_forward(const BlockShape& shape,
                          const ModelWeights& w,
                          const ModelBatch& batch,
                          int64_t from,
                          int64_t G,
                          const Group& group) {
  const int64_t C = shape.width;
  embed(w, batch, from, G, C, group.blocks[0].x);
  for (int64_t l = 0; l < w.layers; ++l) {
    const Strings strings = layer_strings(batch, w, l, from, G);
    float* const y = l + 1 == w.layers ? group.head.top : group.blocks[l + 1].x;
    forward(
        shape, sizes_of(shape, strings), strings, w.blocks[l], group.blocks[l], group.scratch, y);
  }
  const Head& head = group.head;
  const int64_t n = G * batch.strings.rows, Vp = rounded_up(w.vocabulary);
  norm(n, C, shape.epsilon, head.top, w.norm, head.scale, head.h);
  product(n, Vp, C, rows_of(head.h, C), packed(w.head_forward, C, Vp), plain(head.logits, Vp));
}

/// One row of logits [Vp] becomes weight (softmax - one at the answer); returns its cross-entropy.
inline double cross_entropy_row(float* row, int64_t V, int64_t Vp, int64_t answer, float weight) {
  for (int64_t v = V; v < Vp; ++v) row[v] = -__builtin_inff();
  Vector most = load(row);
  for (int64_t v = kLanes; v < Vp; v += kLanes) most = larger(load(row + v), most);
  const float top = largest(most), at_answer = row[answer];
  Vector total{};
  for (int64_t v = 0; v < Vp; v += kLanes) {
    const Vector e = exponential(load(row + v) - top);
    store(row + v, e);
    total += e;
  }
  const float whole = sum(total);
  const Vector share = all(weight / whole);
  for (int64_t v = 0; v < Vp; v += kLanes) store(row + v, load(row + v) * share);
  row[answer] -= weight;
  return __builtin_log(static_cast<double>(whole)) +
         (static_cast<double>(top) - static_cast<double>(at_answer));
}

/// The head and the final norm: loss, and the gradient of the last block's output in group.d.
inline double head_back(const BlockShape& shape,
                        const ModelWeights& w,
                        const ModelBatch& batch,
                        int64_t from,
                        int64_t G,
                        float weight,
                        const Group& group,
                        const ModelGradients& to) {
  const int64_t C = shape.width, V = w.vocabulary, Vp = rounded_up(V), R = batch.strings.rows;
  const Head& head = group.head;
  double loss = 0;
  for (int64_t n = 0; n < G * R; ++n) {
    loss += cross_entropy_row(head.logits + n * Vp, V, Vp, batch.answers[from * R + n], weight);
  }
  product(V,
          C,
          G * R,
          columns_of(head.logits, Vp),
          plain<const float>(head.h, C),
          plain(to.head, C),
          true);
  product(G * R, C, V, rows_of(head.logits, Vp), plain(w.head, C), plain(head.d_h, C));
  clear(group.d, G * R * C);
  norm_back(G * R, C, head.top, w.norm, head.scale, head.d_h, group.d, to.norm);
  return loss;
}

inline double model_gradient(const BlockShape& shape,
                             const ModelWeights& w,
                             const ModelBatch& batch,
                             int64_t from,
                             int64_t to,
                             int64_t group_size,
                             float weight,
                             const ModelGradients& gradients,
                             float* memory) {
  Cutter cutter{memory, 0};
  const Group group = cut_group(shape, w, batch.strings, group_size, cutter);
  double loss = 0;
  bool first = true;
  for (int64_t b = from; b < to; b += group_size, first = false) {
    const int64_t G = to - b < group_size ? to - b : group_size;
    group_forward(shape, w, batch, b, G, group);
    loss += head_back(shape, w, batch, b, G, weight, group, gradients);
    float *d = group.d, *d_next = group.d_next;
    for (int64_t l = w.layers - 1; l >= 0; --l) {
      const Strings strings = layer_strings(batch, w, l, b, G);
      BlockGradients to_block = gradients.blocks[l];
      to_block.first = first;
      if (to_block.bias != nullptr) to_block.bias += b * to_block.bias_string;
      backward(shape,
               sizes_of(shape, strings),
               strings,
               w.blocks[l],
               group.blocks[l],
               group.scratch,
               d,
               d_next,
               to_block);
      float* const swap = d;
      d = d_next;
      d_next = swap;
    }
    embed_back(batch, b, G, shape.width, d, gradients);
  }
  return loss;
}

inline void model_logits(const BlockShape& shape,
                         const ModelWeights& w,
                         const ModelBatch& batch,
                         int64_t from,
                         int64_t to,
                         int64_t group_size,
                         float* logits,
                         float* memory) {
  Cutter cutter{memory, 0};
  const Group group = cut_group(shape, w, batch.strings, group_size, cutter);
  const int64_t R = batch.strings.rows, V = w.vocabulary, Vp = rounded_up(V);
  for (int64_t b = from; b < to; b += group_size) {
    const int64_t G = to - b < group_size ? to - b : group_size;
    group_forward(shape, w, batch, b, G, group);
    for (int64_t n = 0; n < G * R; ++n)
      copy(group.head.logits + n * Vp, logits + (b * R + n) * V, V);
  }
}

}  // namespace
}  // namespace ww::kernels
