// turning_back.cuh: gradients of turned rows become gradients of features. The sums leave the C
// fragments of the warps for shared memory first: from there a thread takes a whole slab, as on the
// way in. With turned parts (mu cos, mu sin) and their gradients (dc, ds):
//
//   dmu = cos dc + sin ds      dx = dmu slope(x)      dphase = mu (cos ds - sin dc)
#pragma once

#include "models/kernels/cuda/turning.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// 64 rows of sums in shared memory, in groups of 8 numbers, swizzled as in tile.cuh.
template <int Width>
struct Staged {
  static constexpr int kBytes = kTileRows * Width * 4;
  float* data;

  WW_DEVICE float* group(int row, int g) const { return data + row * Width + (g ^ (row & 3)) * 8; }
  /// A warp's 16 rows; barriers before and after are the caller's.
  WW_DEVICE void put(const float (&c)[Width / 8][4]) const {
    const int row = warp() * kWarpRows + lane() / 4, column = lane() % 4 * 2;
    WW_UNROLL
    for (int g = 0; g < Width / 8; ++g) {
      *reinterpret_cast<float2*>(group(row, g) + column) = {c[g][0], c[g][1]};
      *reinterpret_cast<float2*>(group(row + 8, g) + column) = {c[g][2], c[g][3]};
    }
  }
};

/// Rows of gradients of one head.
struct Gradient {
  uint16_t* data;
  int64_t place;

  WW_DEVICE uint4* row(int r) const { return reinterpret_cast<uint4*>(data + r * place); }
};

WW_DEVICE Gradient gradient_of(const Writable& x, int string, int head) {
  return {head_of(x, string, head), x.place};
}

template <Element element>
WW_DEVICE uint4 packed(const float* x, float scale) {
  return {pack<element>(x[0] * scale, x[1] * scale),
          pack<element>(x[2] * scale, x[3] * scale),
          pack<element>(x[4] * scale, x[5] * scale),
          pack<element>(x[6] * scale, x[7] * scale)};
}

/// Rows first .. first + 63 as they are.
template <Element element, int D>
WW_DEVICE void write_rows(const Staged<D>& staged, Gradient to, int first, int count) {
  WW_ROLLED
  for (int i = static_cast<int>(threadIdx.x); i < kTileRows * (D / 8); i += kThreads) {
    const int r = i / (D / 8), c = i % (D / 8);
    if (first + r < count) to.row(first + r)[c] = packed<element>(staged.group(r, c), 1);
  }
}

/// One slab of pairs: gradients of its 8 first and 8 second turned parts.
template <Element element, int D>
WW_DEVICE void turn_pairs_back(const DeviceAttention& a,
                               const Side& side,
                               int r,
                               int slab,
                               const float* d_first,
                               const float* d_second,
                               uint4* to) {
  const float* const row = table_row<D / 2>(a, side, r);
  const bool half = a.layout == PairLayout::half;
  uint32_t x[4],
      y[4];  // half: the words of x, of y; adjacent: words 2 u and 2 u + 1 of both chunks
  WW_UNROLL
  for (int u = 0; u < 4; ++u) {
    const Angles angle = angles_at(row, 8 * slab + 2 * u, side.phases);
    const float2 c = angle.cosine, s = angle.sine;
    const float* const first = d_first + 2 * u;
    const float* const second = d_second + 2 * u;
    const float x0 = (c.x * first[0] + s.x * second[0]) * a.scale;
    const float x1 = (c.y * first[1] + s.y * second[1]) * a.scale;
    const float y0 = (c.x * second[0] - s.x * first[0]) * a.scale;
    const float y1 = (c.y * second[1] - s.y * first[1]) * a.scale;
    x[u] = pack<element>(x0, half ? x1 : y0);
    y[u] = pack<element>(half ? y0 : x1, y1);
  }
  if (half) {
    to[slab] = {x[0], x[1], x[2], x[3]};
    to[slab + D / 16] = {y[0], y[1], y[2], y[3]};
  } else {
    to[2 * slab] = {x[0], y[0], x[1], y[1]};
    to[2 * slab + 1] = {x[2], y[2], x[3], y[3]};
  }
}

/// One polar slab; gradients of its 8 phases take the place of d_first.
template <Element element, int D>
WW_DEVICE void turn_polar_back(const DeviceAttention& a,
                               const Side& side,
                               int r,
                               int slab,
                               float* d_first,
                               const float* d_second,
                               uint4* to) {
  const float* const row = table_row<D>(a, side, r);
  const uint4 features = reinterpret_cast<const uint4*>(side.data + r * side.place)[slab];
  uint32_t d[4];
  WW_UNROLL
  for (int u = 0; u < 4; ++u) {
    const Angles angle = angles_at(row, 8 * slab + 2 * u, side.phases);
    const float2 c = angle.cosine, s = angle.sine, x = unpack<element>(word_of(features, u));
    const float2 dc = {d_first[2 * u] * a.scale, d_first[2 * u + 1] * a.scale};
    const float2 ds = {d_second[2 * u] * a.scale, d_second[2 * u + 1] * a.scale};
    d[u] = pack<element>((c.x * dc.x + s.x * ds.x) * slope_of(a.magnitude, x.x),
                         (c.y * dc.y + s.y * ds.y) * slope_of(a.magnitude, x.y));
    d_first[2 * u] = magnitude_of(a.magnitude, x.x) * (c.x * ds.x - s.x * dc.x);
    d_first[2 * u + 1] = magnitude_of(a.magnitude, x.y) * (c.y * ds.y - s.y * dc.y);
  }
  to[slab] = {d[0], d[1], d[2], d[3]};
}

/// Gradients of rows first .. first + 63 of a side; polar ones leave those of their phases in the
/// even groups.
template <Kind kind, Element element, int D>
WW_DEVICE void turn_rows_back(const DeviceAttention& a,
                              const Side& side,
                              int first,
                              const Staged<kTurned<kind, D>>& staged,
                              Gradient to) {
  constexpr int kSlabs = kTurned<kind, D> / 16;
  WW_ROLLED
  for (int i = static_cast<int>(threadIdx.x); i < kTileRows * kSlabs; i += kThreads) {
    const int row = i / kSlabs, slab = i % kSlabs, r = first + row;
    if (r >= side.count) continue;
    float* const d_first = staged.group(row, 2 * slab);
    const float* const d_second = staged.group(row, 2 * slab + 1);
    if constexpr (kind == Kind::none) {
      to.row(r)[2 * slab] = packed<element>(d_first, a.scale);
      to.row(r)[2 * slab + 1] = packed<element>(d_second, a.scale);
    } else if constexpr (kind == Kind::pairs) {
      turn_pairs_back<element, D>(a, side, r, slab, d_first, d_second, to.row(r));
    } else {
      turn_polar_back<element, D>(a, side, r, slab, d_first, d_second, to.row(r));
    }
  }
}

/// Sums of what turn_rows_back left, row after row, [D].
template <int D>
WW_DEVICE void write_phases(const Staged<2 * D>& staged, float* to) {
  __syncthreads();
  for (int f = static_cast<int>(threadIdx.x); f < D; f += kThreads) {
    float sum = 0;
    WW_ROLLED
    for (int row = 0; row < kTileRows; ++row) sum += staged.group(row, f / 8 * 2)[f % 8];
    to[f] = sum;
  }
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
