// attention.hpp: attention alone (see models/kernels/attention.hpp), a key head of a string at a
// time. Scores are formed kBlock rows at a time, up to the last place that any of them sees; the
// backward pass forms them again from the saved log-sum-exp.
#pragma once

#include "models/kernels/vector/attention_rows.hpp"

namespace ww::kernels {
namespace {

/// The key head and its query heads forward.
inline void attend_head(const Attention& a, int64_t b, int64_t key_head, float* memory) {
  Cutter cutter{memory, 0};
  const AttentionScratch s = cut_attention(a, cutter);
  const int64_t shared = a.H / a.Hk, Tp = rounded_up(a.T);
  expect(a.query, b, key_head * shared, 0, a.R, a.D);
  gather_keys(a, b, key_head, false, s);
  for (int64_t h = key_head * shared; h < (key_head + 1) * shared; ++h) {
    for (int64_t first = 0; first < a.R; first += kBlock) {
      expect(a.query, b, h, first + kBlock, a.R, a.D);
      const Rows block = rows_from(a, b, h, first);
      score(a, block, s);
      for (int64_t i = 0; i < block.rows; ++i) {
        float* const row = s.pattern + i * Tp;
        a.lse[(b * a.H + h) * a.R + first + i] =
            softmax_seen(score_row(a, block, i, row), block.columns(), row);
      }
      product(block.rows,
              a.D,
              block.places(),
              rows_of(s.pattern, Tp),
              plain(row_at(a.value, b, key_head, block.seen.from), a.value.place),
              plain(row_at(a.output, b, h, first), a.output.place));
    }
  }
}

/// Row i of a block: products become the pattern, the gradient of the pattern that of the products.
[[gnu::always_inline]] inline void softmax_seen_back(const Attention& a,
                                                     const AttentionGradients& g,
                                                     const Rows& block,
                                                     int64_t i,
                                                     float* pattern,
                                                     float* d) {
  const int64_t r = block.first + i;
  const ScoreRow row = score_row(a, block, i, pattern);
  const float lse = a.lse[(block.b * a.H + block.head) * a.R + r];
  const float* const output = row_at(a.output, block.b, block.head, r);
  const float* const d_output = row_at(g.output, block.b, block.head, r);
  Vector products{};
  for (int64_t c = 0; c < a.D; c += kLanes) products += load(output + c) * load(d_output + c);
  const Vector mean = all(sum(products));
  const bool blind = lse == -__builtin_inff();
  for (int64_t j = 0; j < block.columns(); j += kLanes) {
    const Vector p = blind ? Vector{} : exponential(row.at(j) - lse);
    store(pattern + j, p);
    store(d + j, p * (load(d + j) - mean) * a.scale);
  }
}

/// What a block of queries reads on the way back.
inline void expect_back(
    const Attention& a, const AttentionGradients& g, int64_t b, int64_t head, int64_t first) {
  expect(a.query, b, head, first, a.R, a.D);
  expect(a.output, b, head, first, a.R, a.D);
  expect(g.output, b, head, first, a.R, a.D);
}

/// One block of queries back: their own gradients, and what they add to keys' and values'.
inline void attend_block_back(const Attention& a,
                              const AttentionGradients& g,
                              const Rows& block,
                              const AttentionScratch& s) {
  const int64_t E = turned_width(a), Tp = rounded_up(a.T), b = block.b, from = block.seen.from;
  const float* const d_output = row_at(g.output, b, block.head, block.first);
  score(a, block, s);
  product(block.rows,
          block.columns(),
          a.D,
          rows_of(d_output, g.output.place),
          plain<const float>(s.value_across + from, Tp + 16),
          plain(s.d_pattern, Tp));
  for (int64_t i = 0; i < block.rows; ++i) {
    softmax_seen_back(a, g, block, i, s.pattern + i * Tp, s.d_pattern + i * Tp);
  }
  product(block.rows,
          E,
          block.places(),
          rows_of(s.d_pattern, Tp),
          plain<const float>(s.key + from * E, E),
          plain(s.d_query, E));
  product(block.places(),
          E,
          block.rows,
          columns_of(s.d_pattern, Tp),
          plain<const float>(s.query, E),
          plain(s.d_key + from * E, E),
          true);
  product(block.places(),
          a.D,
          block.rows,
          columns_of(s.pattern, Tp),
          plain(d_output, g.output.place),
          plain(s.d_value + from * a.D, a.D),
          true);
  for (int64_t i = 0; i < block.rows; ++i) {
    const int64_t r = block.first + i;
    turn_row_back(a,
                  angles_at(a, b, place_of(a, r)),
                  s.query + i * E,
                  s.query_slope + i * a.D,
                  s.d_query + i * E,
                  row_at(g.query, b, block.head, r),
                  nullptr);
  }
}

/// The key head and its query heads backward.
inline void attend_head_back(
    const Attention& a, const AttentionGradients& g, int64_t b, int64_t key_head, float* memory) {
  Cutter cutter{memory, 0};
  const AttentionScratch s = cut_attention(a, cutter);
  const int64_t shared = a.H / a.Hk, E = turned_width(a);
  float* const d_phase = g.d_phase == nullptr ? nullptr : g.d_phase + (b * a.Hk + key_head) * a.D;
  if (d_phase != nullptr) clear(d_phase, a.D);
  clear(s.d_key, a.T * E);
  clear(s.d_value, a.T * a.D);
  expect_back(a, g, b, key_head * shared, 0);
  gather_keys(a, b, key_head, true, s);
  for (int64_t h = key_head * shared; h < (key_head + 1) * shared; ++h) {
    for (int64_t first = 0; first < a.R; first += kBlock) {
      expect_back(a, g, b, h, first + kBlock);
      attend_block_back(a, g, rows_from(a, b, h, first), s);
    }
  }
  for (int64_t t = 0; t < a.T; ++t) {
    turn_row_back(a,
                  key_angles_at(a, b, key_head, t),
                  s.key + t * E,
                  s.key_slope + t * a.D,
                  s.d_key + t * E,
                  row_at(g.key, b, key_head, t),
                  d_phase);
    copy(s.d_value + t * a.D, row_at(g.value, b, key_head, t), a.D);
  }
}

}  // namespace
}  // namespace ww::kernels
