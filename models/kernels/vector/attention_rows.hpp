// attention_rows.hpp: what attention's two ways share: memory, keys and queries turned, a block's
// scores, their softmax.
#pragma once

#include "models/kernels/attention.hpp"
#include "models/kernels/vector/buffers.hpp"
#include "models/kernels/vector/rotation.hpp"
#include "models/kernels/vector/rows.hpp"

namespace ww::kernels {
namespace {

constexpr int64_t kBlock = 16;  // rows of scores at a time

struct AttentionScratch {
  float *key, *key_across;           // turned keys [T, E] and [E, Tp + 16]
  float* value_across;               // [D, Tp + 16]
  float* query;                      // a block's turned queries [kBlock, E]
  float *key_slope, *query_slope;    // of the magnitudes, [T, D] and [kBlock, D]
  float *pattern, *d_pattern;        // [kBlock, Tp]
  float *d_query, *d_key, *d_value;  // [kBlock, E], [T, E], [T, D]
};

inline int64_t turned_width(const Attention& a) { return a.kind == Kind::polar ? 2 * a.D : a.D; }

inline AttentionScratch cut_attention(const Attention& a, Cutter& from) {
  const int64_t E = turned_width(a), Tp = rounded_up(a.T);
  AttentionScratch s;
  s.key = from.take(a.T * E);
  s.key_across = from.take(E * (Tp + 16));
  s.value_across = from.take(a.D * (Tp + 16));
  s.query = from.take(kBlock * E);
  s.key_slope = from.take(a.T * a.D);
  s.query_slope = from.take(kBlock * a.D);
  s.pattern = from.take(kBlock * Tp);
  s.d_pattern = from.take(kBlock * Tp);
  s.d_query = from.take(kBlock * E);
  s.d_key = from.take(a.T * E);
  s.d_value = from.take(a.T * a.D);
  return s;
}

template <typename Data>
inline Data* row_at(const HeadTensor<Data>& x, int64_t b, int64_t head, int64_t place) {
  return x.data + b * x.string + head * x.head + place * x.place;
}

/// Starts loading rows first .. first + kBlock - 1, as far as there are `rows`. A head's rows are a
/// few cache lines each with those of the other heads between: processors don't see them coming.
template <typename Data>
inline void expect(
    const HeadTensor<Data>& x, int64_t b, int64_t head, int64_t first, int64_t rows, int64_t D) {
  for (int64_t t = first; t < first + kBlock && t < rows; ++t) {
    for (int64_t d = 0; d < D; d += 16) __builtin_prefetch(row_at(x, b, head, t) + d, 0, 2);
  }
}

/// The place of wanted row r.
inline int64_t place_of(const Attention& a, int64_t r) { return a.row == nullptr ? r : a.row[r]; }

/// Angles of a query at a place; those of a key may add the phases of its head.
inline Angles angles_at(const Attention& a, int64_t b, int64_t place) {
  const int64_t start = b * a.table_string + place * (a.kind == Kind::polar ? a.D : a.D / 2);
  return {a.cosine + start, a.sine + start, nullptr, nullptr};
}
inline Angles key_angles_at(const Attention& a, int64_t b, int64_t head, int64_t place) {
  Angles angles = angles_at(a, b, place);
  if (a.phase_cosine == nullptr) return angles;
  angles.phase_cosine = a.phase_cosine + head * a.D;
  angles.phase_sine = a.phase_sine + head * a.D;
  return angles;
}

[[gnu::always_inline]] inline void polar_row(
    const Attention& a, const float* x, const Angles& angles, float* y, float* slope) {
  switch (a.magnitude) {
    case Magnitude::softplus:
      return to_polar<Magnitude::softplus>(x, 1, a.D, angles, y, slope);
    case Magnitude::relu:
      return to_polar<Magnitude::relu>(x, 1, a.D, angles, y, slope);
    case Magnitude::identity:
      return to_polar<Magnitude::identity>(x, 1, a.D, angles, y, slope);
  }
}

/// x [D] -> what the products run over, y [E], and the slopes of its magnitudes [D].
[[gnu::always_inline]] inline void turn_row(
    const Attention& a, const float* x, const Angles& angles, float* y, float* slope) {
  if (a.kind == Kind::polar) return polar_row(a, x, angles, y, slope);
  if (a.kind == Kind::none) return copy(x, y, a.D);
  if (a.neighbours) return turn_neighbours<false>(x, a.D, angles, y);
  if (a.order == nullptr) return turn_pairs<false>(x, a.D, angles, y);
  for (int64_t d = 0; d < a.D; ++d) y[d] = x[a.order[d]];
  turn_pairs<false>(y, a.D, angles, y);
}

/// The gradient dy [E] of a turned row y becomes that of the row, dx [D]; dy is overwritten.
[[gnu::always_inline]] inline void turn_row_back(const Attention& a,
                                                 const Angles& angles,
                                                 const float* y,
                                                 const float* slope,
                                                 float* dy,
                                                 float* dx,
                                                 float* d_phase) {
  if (a.kind == Kind::polar) return from_polar(dy, 1, a.D, angles, y, slope, dx, d_phase);
  if (a.kind == Kind::none) return copy(dy, dx, a.D);
  if (a.neighbours) return turn_neighbours<true>(dy, a.D, angles, dx);
  if (a.order == nullptr) return turn_pairs<true>(dy, a.D, angles, dx);
  turn_pairs<true>(dy, a.D, angles, dy);
  for (int64_t d = 0; d < a.D; ++d) dx[a.order[d]] = dy[d];
}

/// Places from .. to - 1.
struct Range {
  int64_t from, to;
};

inline Range seen_by(const Attention& a, int64_t r) {
  if (!a.causal) return {0, a.T};
  const int64_t place = place_of(a, r), first = place - a.window + 1;
  return {a.window > 0 && first > 0 ? first : 0, place + 1};
}

/// Rows first .. first + rows - 1 of one query head, and the places that any of them sees; the
/// columns of their scores count from `seen.from`, a multiple of 16.
struct Rows {
  int64_t b, head, first, rows;
  Range seen;
  int64_t places() const { return seen.to - seen.from; }
  int64_t columns() const { return rounded_up(places()); }
};

inline Rows rows_from(const Attention& a, int64_t b, int64_t head, int64_t first) {
  const int64_t rows = a.R - first < kBlock ? a.R - first : kBlock;
  Rows block{b, head, first, rows, seen_by(a, first)};
  for (int64_t r = first + 1; r < first + rows; ++r) {
    const Range seen = seen_by(a, r);
    if (seen.from < block.seen.from) block.seen.from = seen.from;
    if (seen.to > block.seen.to) block.seen.to = seen.to;
  }
  block.seen.from = block.seen.from / 16 * 16;
  return block;
}

/// Turned keys of one key head, also across; values across where the way back wants them.
inline void gather_keys(
    const Attention& a, int64_t b, int64_t head, bool back, const AttentionScratch& s) {
  const int64_t E = turned_width(a), Tp = rounded_up(a.T);
  expect(a.key, b, head, 0, a.T, a.D);
  for (int64_t t = 0; t < a.T; ++t) {
    if (t % kBlock == 0) {
      expect(a.key, b, head, t + kBlock, a.T, a.D);
      expect(a.value, b, head, t, a.T, a.D);
    }
    const Angles angles = key_angles_at(a, b, head, t);
    turn_row(a, row_at(a.key, b, head, t), angles, s.key + t * E, s.key_slope + t * a.D);
  }
  transpose(s.key, E, a.T, E, s.key_across, Tp + 16, Tp);
  if (back) {
    transpose(row_at(a.value, b, head, 0), a.value.place, a.T, a.D, s.value_across, Tp + 16, Tp);
  }
}

/// A block's turned queries and their products with the keys, in s.query and s.pattern.
inline void score(const Attention& a, const Rows& block, const AttentionScratch& s) {
  const int64_t E = turned_width(a), Tp = rounded_up(a.T);
  for (int64_t i = 0; i < block.rows; ++i) {
    const int64_t r = block.first + i;
    const Angles angles = angles_at(a, block.b, place_of(a, r));
    turn_row(a,
             row_at(a.query, block.b, block.head, r),
             angles,
             s.query + i * E,
             s.query_slope + i * a.D);
  }
  product(block.rows,
          block.columns(),
          E,
          rows_of(s.query, E),
          plain<const float>(s.key_across + block.seen.from, Tp + 16),
          plain(s.pattern, Tp));
}

/// One row of scores: scaled, with its bias, -inf where it does not see.
struct ScoreRow {
  const float *products, *bias;  // at the block's first column; bias may be null
  Range seen;                    // in columns
  float scale;

  [[gnu::always_inline]] Vector at(int64_t column) const {
    Vector s = load(products + column) * scale;
    if (bias != nullptr) s += load(bias + column);
    if (column >= seen.from && column + kLanes <= seen.to) return s;
    const Integers place = kIota + static_cast<int32_t>(column);
    const Integers inside =
        (place >= static_cast<int32_t>(seen.from)) & (place < static_cast<int32_t>(seen.to));
    return inside ? s : all(-__builtin_inff());
  }
};

[[gnu::always_inline]] inline ScoreRow score_row(const Attention& a,
                                                 const Rows& block,
                                                 int64_t i,
                                                 const float* products) {
  const int64_t r = block.first + i, from = block.seen.from;
  const Range seen = seen_by(a, r);
  const float* bias = nullptr;
  if (a.bias != nullptr) {
    bias = a.bias + block.b * a.bias_string + block.head * a.bias_head +
           place_of(a, r) * a.bias_row + from;
  }
  return {products, bias, {seen.from - from, seen.to - from}, a.scale};
}

/// Products become a pattern in place; returns the row's log-sum-exp. Whether a row sees anything
/// is asked of its sum, which a NaN leaves a NaN.
[[gnu::always_inline]] inline float softmax_seen(const ScoreRow& row,
                                                 int64_t columns,
                                                 float* pattern) {
  Vector most = all(-__builtin_inff());
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Vector score = row.at(j);
    store(pattern + j, score);
    most = larger(score, most);
  }
  const float top = largest(most), shift = top == -__builtin_inff() ? 0 : top;
  Vector sums{};
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Vector e = exponential(load(pattern + j) - shift);
    store(pattern + j, e);
    sums += e;
  }
  const float total = sum(sums);
  if (total == 0) return -__builtin_inff();
  const Vector share = all(1 / total);
  for (int64_t j = 0; j < columns; j += kLanes) store(pattern + j, load(pattern + j) * share);
  return shift + __builtin_logf(total);
}

}  // namespace
}  // namespace ww::kernels
