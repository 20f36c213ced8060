// turning.cuh: features become what the products run over, and gradients of that become gradients
// of features. The contraction is ordered in slabs of 16: 8 first parts, then the 8 second parts of
// the same frequencies (polar: mu cos and mu sin; pairs: the two turned features). In the fragments
// of tensor cores both parts of a frequency then lie in the same lane, so neither way needs another
// lane.
#pragma once

#include "models/kernels/cuda/side.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// log(1 + e^x) and its slope without loss at either end.
WW_DEVICE float softplus(float x) {
  const float t = power_of_two(-fabsf(x) * kLog2E);
  const float rest = t < 0.004F ? t * (1 - 0.5F * t) : log_two(1 + t) * kLn2;
  return (x < 0 ? 0 : x) + rest;
}
WW_DEVICE float sigmoid(float x) {
  const float t = power_of_two(-fabsf(x) * kLog2E);
  const float share = power_of_two(-log_two(1 + t));  // 1 / (1 + t) without a division
  return x < 0 ? t * share : share;
}

WW_DEVICE float magnitude_of(Magnitude magnitude, float x) {
  if (magnitude == Magnitude::softplus) return softplus(x);
  return magnitude == Magnitude::relu && x < 0 ? 0 : x;  // keeps a NaN
}
WW_DEVICE float slope_of(Magnitude magnitude, float x) {
  if (magnitude == Magnitude::softplus) return sigmoid(x);
  return magnitude == Magnitude::relu && !(x > 0) ? 0.0F : 1.0F;
}

/// Cosines and sines of two neighbouring frequencies.
struct Angles {
  float2 cosine, sine;
};

/// The table's row for row r of a side; null where it has none.
template <int F>
WW_DEVICE const float* table_row(const DeviceAttention& a, const Side& side, int r) {
  const int64_t row = side.row == nullptr ? r + side.shift : side.row[r];
  return row >= 0 && row < a.table_rows ? a.table + row * F * 2 : nullptr;
}

WW_DEVICE Angles angles_at(const float* row, int frequency, const Phases& phases) {
  const float missing = __builtin_nanf("");
  float4 x = {missing, missing, missing, missing};
  if (row != nullptr) x = reinterpret_cast<const float4*>(row)[frequency / 2];
  if (phases.cosine == nullptr) return {{x.x, x.z}, {x.y, x.w}};
  const float* const cosine = phases.cosine + frequency;
  const float* const sine = phases.sine + frequency;
  return {{x.x * cosine[0] - x.y * sine[0], x.z * cosine[1] - x.w * sine[1]},
          {x.y * cosine[0] + x.x * sine[0], x.w * cosine[1] + x.z * sine[1]}};
}

/// The words of a chunk.
WW_DEVICE uint32_t word_of(const uint4& chunk, int i) {
  return i == 0 ? chunk.x : i == 1 ? chunk.y : i == 2 ? chunk.z : chunk.w;
}

/// Both features of two pairs.
struct TwoPairs {
  float2 first, second;
};

/// The pairs 2 u, 2 u + 1 of a slab from the two chunks that hold it.
template <Element element>
WW_DEVICE TwoPairs pairs_of(PairLayout layout, const uint4& low, const uint4& high, int u) {
  if (layout == PairLayout::half) {
    return {unpack<element>(word_of(low, u)), unpack<element>(word_of(high, u))};
  }
  const uint4& chunk = u < 2 ? low : high;
  const float2 x = unpack<element>(word_of(chunk, 2 * u % 4));
  const float2 y = unpack<element>(word_of(chunk, 2 * u % 4 + 1));
  return {{x.x, y.x}, {x.y, y.y}};
}

/// One slab of row r turned: 8 first parts and 8 second parts.
template <Kind kind, Element element, int D>
WW_DEVICE void turn_slab(
    const DeviceAttention& a, const Side& side, int r, int slab, uint4 (&to)[2]) {
  const auto* const chunks = reinterpret_cast<const uint4*>(side.data + r * side.place);
  const float* const row = table_row<kFrequencies<kind, D>>(a, side, r);
  uint32_t first[4], second[4];
  const bool half = a.layout == PairLayout::half;
  const uint4 low = chunks[kind == Kind::polar || half ? slab : 2 * slab];
  const uint4 high = chunks[kind == Kind::polar ? slab : half ? slab + D / 16 : 2 * slab + 1];
  WW_UNROLL
  for (int u = 0; u < 4; ++u) {
    const Angles angle = angles_at(row, 8 * slab + 2 * u, side.phases);
    const float2 c = angle.cosine, s = angle.sine;
    if constexpr (kind == Kind::polar) {
      const float2 x = unpack<element>(word_of(low, u));
      const float mu0 = magnitude_of(a.magnitude, x.x), mu1 = magnitude_of(a.magnitude, x.y);
      first[u] = pack<element>(mu0 * c.x, mu1 * c.y);
      second[u] = pack<element>(mu0 * s.x, mu1 * s.y);
    } else {
      const auto [x, y] = pairs_of<element>(a.layout, low, high, u);
      first[u] = pack<element>(x.x * c.x - y.x * s.x, x.y * c.y - y.y * s.y);
      second[u] = pack<element>(x.x * s.x + y.x * c.x, x.y * s.y + y.y * c.y);
    }
  }
  to[0] = {first[0], first[1], first[2], first[3]};
  to[1] = {second[0], second[1], second[2], second[3]};
}

/// Rows first .. first + 63 as they are, zeros past `count`; there after wait_copies().
template <int D>
WW_DEVICE void copy_rows(Tile<D> tile, const uint16_t* data, int64_t place, int first, int count) {
  WW_ROLLED
  for (int i = static_cast<int>(threadIdx.x); i < kTileRows * (D / 8); i += kThreads) {
    const int r = i / (D / 8), c = i % (D / 8);
    const bool inside = first + r < count;
    copy_async(tile.chunk(r, c), data + (inside ? (first + r) * place + c * 8 : 0), inside);
  }
}

/// Rows first .. first + 63 of a side turned, zeros past its end.
template <Kind kind, Element element, int D>
WW_DEVICE void turn_rows(const DeviceAttention& a,
                         const Side& side,
                         int first,
                         Tile<kTurned<kind, D>> tile) {
  if constexpr (kind == Kind::none) {
    copy_rows<D>(tile, side.data, side.place, first, side.count);
  } else {
    constexpr int kSlabs = kTurned<kind, D> / 16;
    WW_ROLLED
    for (int i = static_cast<int>(threadIdx.x); i < kTileRows * kSlabs; i += kThreads) {
      const int r = i / kSlabs, slab = i % kSlabs;
      uint4 turned[2] = {{0, 0, 0, 0}, {0, 0, 0, 0}};
      if (first + r < side.count) turn_slab<kind, element, D>(a, side, first + r, slab, turned);
      *tile.chunk(r, 2 * slab) = turned[0];
      *tile.chunk(r, 2 * slab + 1) = turned[1];
    }
  }
}

/// Fills phases from a key head's delta; a barrier must follow.
template <Kind kind, int D>
WW_DEVICE void turn_delta(const DeviceAttention& a, int key_head, const Phases& phases) {
  if constexpr (kind == Kind::polar) {
    if (phases.cosine == nullptr) return;
    for (int f = static_cast<int>(threadIdx.x); f < D; f += kThreads) {
      const float delta = a.delta[key_head * D + f];
      const float used = delta < -kTwoPi ? -kTwoPi : delta > 0 ? 0 : delta;  // keeps a NaN
      phases.cosine[f] = cosf(used);
      phases.sine[f] = sinf(used);
    }
  }
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
