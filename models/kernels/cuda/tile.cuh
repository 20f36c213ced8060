// tile.cuh: 64 rows of 16-bit numbers in shared memory, in chunks of 8 numbers (16 bytes). Chunks
// of a row are swizzled, so that the eight rows of an 8x8 matrix lie in different banks.
#pragma once

#include "models/kernels/cuda/warp.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

constexpr int kLanes = 32, kWarps = 4, kThreads = kWarps * kLanes;
constexpr int kWarpRows = 16, kTileRows = kWarps * kWarpRows;

WW_DEVICE int lane() { return static_cast<int>(threadIdx.x) % kLanes; }
WW_DEVICE int warp() { return static_cast<int>(threadIdx.x) / kLanes; }

template <int Width>
struct Tile {
  static constexpr int kChunks = Width / 8, kBytes = kTileRows * Width * 2;
  unsigned char* bytes;

  WW_DEVICE uint4* chunk(int row, int c) const {
    const int place = kChunks % 8 == 0 ? c ^ (row & 7) : c ^ ((row >> 1) & 3);
    return reinterpret_cast<uint4*>(bytes + (row * kChunks + place) * 16);
  }
  /// A of 16 rows from `row` on, k in 16-wide slab `slab` of the width.
  WW_DEVICE void rows(uint32_t (&a)[4], int row, int slab) const {
    load_matrices(a, chunk(row + lane() % 16, 2 * slab + lane() / 16));
  }
  /// B of two times 8 columns, which are the tile's rows from `row` on; k as above.
  WW_DEVICE void columns(uint32_t (&b)[4], int row, int slab) const {
    load_matrices(b, chunk(row + lane() % 8 + lane() / 16 * 8, 2 * slab + lane() / 8 % 2));
  }
  /// B with k over 16 of the tile's rows from `row` on, columns those of chunks c and c + 1.
  WW_DEVICE void across(uint32_t (&b)[4], int row, int c) const {
    load_matrices_across(b, chunk(row + lane() % 16, c + lane() / 16));
  }
};

/// c [tiles of 8 columns] (16 rows of a warp) += A (tile rows of `left`) B (tile rows of `right`),
/// over the whole width.
template <Element element, int Width, int Columns>
WW_DEVICE void multiply_rows(
    float (&c)[Columns][4], Tile<Width> left, int left_row, Tile<Width> right, int right_row) {
  WW_UNROLL
  for (int slab = 0; slab < Width / 16; ++slab) {
    uint32_t a[4];
    left.rows(a, left_row, slab);
    WW_UNROLL
    for (int n = 0; n < Columns; n += 2) {
      uint32_t b[4];
      right.columns(b, right_row + n * 8, slab);
      multiply<element>(c[n], a, b[0], b[1]);
      multiply<element>(c[n + 1], a, b[2], b[3]);
    }
  }
}

/// c [Width / 8] += P (16 rows of a warp, rounded) times rows of `right` from `right_row` on.
template <Element element, int Width, int Columns>
WW_DEVICE void multiply_across(float (&c)[Width / 8][4],
                               const float (&p)[Columns][4],
                               Tile<Width> right,
                               int right_row) {
  WW_UNROLL
  for (int k = 0; k < Columns / 2; ++k) {  // C fragments of two tiles are one A fragment
    const uint32_t a[4] = {pack<element>(p[2 * k][0], p[2 * k][1]),
                           pack<element>(p[2 * k][2], p[2 * k][3]),
                           pack<element>(p[2 * k + 1][0], p[2 * k + 1][1]),
                           pack<element>(p[2 * k + 1][2], p[2 * k + 1][3])};
    WW_UNROLL
    for (int i = 0; i < Width / 8; i += 2) {
      uint32_t b[4];
      right.across(b, right_row + k * 16, i);
      multiply<element>(c[i], a, b[0], b[1]);
      multiply<element>(c[i + 1], a, b[2], b[3]);
    }
  }
}

template <int Tiles>
WW_DEVICE void clear(float (&c)[Tiles][4]) {
  WW_UNROLL
  for (int i = 0; i < Tiles; ++i) {
    WW_UNROLL
    for (int u = 0; u < 4; ++u) c[i][u] = 0;
  }
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
