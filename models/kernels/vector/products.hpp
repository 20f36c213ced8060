// products.hpp: matrix products by a register-blocked micro-kernel, and the packed layout that it
// reads.
//
//   C[m][n] (+)= sum_k A(m, k) B[k][n]
//
// A is read one number at a time through two strides, so that x W^T, dy W and dy^T x are one
// function. B and C lie in panels of kPanel columns: a row pitch that is a power of two would use a
// few cache sets only. Every sum runs over k in order, whatever the tile: the same bits for any
// number of rows.
#pragma once

#include "models/kernels/vector/transpose.hpp"
#include "models/kernels/vector/vectors.hpp"

namespace ww::kernels {
namespace {

constexpr int64_t kVectors = kLanes == 16 ? 4 : 2;  // of a panel
constexpr int64_t kPanel = kVectors * kLanes;
/// Rows of the largest tile whose sums stay in registers, by the vectors of a row.
constexpr int kMostRows[] = {0, kLanes == 16 ? 8 : 12, kLanes == 16 ? 8 : 6, 0, 6};

/// Element (m, k) is data[m row + k step].
struct Factor {
  const float* data;
  int64_t row, step;
};

/// Element (k, n) is data[(n / kPanel) panel + k row + n % kPanel]; `last` is the pitch of a last
/// panel that is narrower than the others.
template <typename Data>
struct Panels {
  Data* data;
  int64_t row, panel, last;
};

inline Factor rows_of(const float* data, int64_t pitch) { return {data, pitch, 1}; }
inline Factor columns_of(const float* data, int64_t pitch) { return {data, 1, pitch}; }

template <typename Data>
inline Panels<Data> plain(Data* data, int64_t pitch) {
  return {data, pitch, kPanel, pitch};
}
template <typename Data>
inline Panels<Data> packed(Data* data, int64_t rows, int64_t columns) {
  return {data, kPanel, kPanel * rows, columns % kPanel};
}

/// kRows rows of kWide vectors, their sums in registers throughout.
template <int kRows, int kWide>
[[gnu::always_inline]] inline void tile(
    Factor a, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t depth, bool add) {
  Vector sums[kRows][kWide];  // unrolled whole: a loop left over would keep them in memory
  float* row = c;
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, row += c_row) {
#pragma GCC unroll 16
    for (int j = 0; j < kWide; ++j) sums[i][j] = add ? load(row + j * kLanes) : Vector{};
  }
  for (; depth > 0; --depth, b += b_row, a.data += a.step) {
    Vector right[kWide];
#pragma GCC unroll 16
    for (int j = 0; j < kWide; ++j) right[j] = load(b + j * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Vector left = all(a.data[i * a.row]);
#pragma GCC unroll 16
      for (int j = 0; j < kWide; ++j) sums[i][j] += left * right[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i, c += c_row) {
#pragma GCC unroll 16
    for (int j = 0; j < kWide; ++j) store(c + j * kLanes, sums[i][j]);
  }
}

/// tile() with as many rows as are asked for, at most kRows.
template <int kRows, int kWide>
[[gnu::always_inline]] inline void tile_of(int64_t rows,
                                           Factor a,
                                           const float* b,
                                           int64_t b_row,
                                           float* c,
                                           int64_t c_row,
                                           int64_t depth,
                                           bool add) {
  if (rows == kRows) return tile<kRows, kWide>(a, b, b_row, c, c_row, depth, add);
  if constexpr (kRows > 1) tile_of<kRows - 1, kWide>(rows, a, b, b_row, c, c_row, depth, add);
}

/// kWide vectors of columns, all rows, in tiles of nearly equal height: 26 rows are 6 5 5 5 5. The
/// one real call on the way to a tile, and numbers only, as rotation.hpp explains for its Angles.
template <int kWide>
[[gnu::noinline]] void tiles(const float* a_data,
                             int64_t a_row,
                             int64_t a_step,
                             const float* b,
                             int64_t b_row,
                             float* c,
                             int64_t c_row,
                             int64_t rows,
                             int64_t depth,
                             bool add) {
  constexpr int kMost = kMostRows[kWide];
  for (int64_t left = (rows + kMost - 1) / kMost; left > 0; --left) {
    const int64_t height = (rows + left - 1) / left;
    tile_of<kMost, kWide>(height, {a_data, a_row, a_step}, b, b_row, c, c_row, depth, add);
    rows -= height;
    a_data += height * a_row;
    c += height * c_row;
  }
}

/// `columns` is a multiple of 16.
[[gnu::always_inline]] inline void product(int64_t rows,
                                           int64_t columns,
                                           int64_t depth,
                                           Factor a,
                                           Panels<const float> b,
                                           Panels<float> c,
                                           bool add = false) {
  for (; columns >= kPanel; columns -= kPanel) {
    tiles<kVectors>(a.data, a.row, a.step, b.data, b.row, c.data, c.row, rows, depth, add);
    b.data += b.panel;
    c.data += c.panel;
  }
  if constexpr (kVectors == 4) {
    for (; columns >= 2 * kLanes; columns -= 2 * kLanes) {
      tiles<2>(a.data, a.row, a.step, b.data, b.last, c.data, c.last, rows, depth, add);
      b.data += 2 * kLanes;
      c.data += 2 * kLanes;
    }
  }
  for (; columns > 0; columns -= kLanes) {
    tiles<1>(a.data, a.row, a.step, b.data, b.last, c.data, c.last, rows, depth, add);
    b.data += kLanes;
    c.data += kLanes;
  }
}

}  // namespace
}  // namespace ww::kernels
