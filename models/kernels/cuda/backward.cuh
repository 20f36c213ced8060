// backward.cuh: gradients without atomics. A block owns 64 keys and streams the queries that see
// them, or owns 64 queries and streams the keys that they see; patterns are formed again from the
// saved lse, a few streamed rows at a time:
//
//   d_value = P^T d_output      dS = P (d_output v^T - mean)      mean = sum(d_output output)
//   d_query~ = scale dS k~      d_key~ = scale dS^T q~
//
// Both form the pattern, 11 products of width D in place of 8; in return nothing is added from two
// places, so every sum has one order, and one launch does it all. Which of the two a block is, is
// known at run time only: one piece of code for both.
#pragma once

#include "models/kernels/cuda/turning_back.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// Streamed rows whose pattern is held at a time. 32 read fewer fragments, but only at D 64 do they
/// fit beside the sums without spills or fewer blocks a multiprocessor.
template <int D>
constexpr int kStepRows = D == 64 ? 32 : 16;

/// What a block does.
struct Share {
  bool owns_keys;
  int string, key_head;
  int first;        // of the 64 rows it owns
  int head, heads;  // query heads, its own or those that read its keys
  Span blocks;      // that it streams, of each of them

  WW_DEVICE int steps() const { return heads * (blocks.to - blocks.from); }
  WW_DEVICE int head_at(int step) const { return head + step / (blocks.to - blocks.from); }
  WW_DEVICE int first_at(int step) const {
    return (blocks.from + step % (blocks.to - blocks.from)) * kTileRows;
  }
};

/// What a block adds up; only owners of keys have values.
template <Kind kind, int D>
struct Gathered {
  float turned[kTurned<kind, D> / 8][4];
  float value[D / 8][4];
};

template <Kind kind, int D>
struct StagedSums {
  Staged<kTurned<kind, D>> turned;
  Staged<D> value;
};

/// A block's shared memory.
template <Kind kind, int D>
struct BackwardTiles {
  static constexpr int E = kTurned<kind, D>;
  Tile<E> own_turned;
  Tile<D> own_plain;  // values, or gradients of the output
  Tile<E> turned;     // streamed
  Tile<D> plain;
  float *lse, *mean;  // of the block's 64 queries, log2 units
  Phases phases;

  static constexpr int kBytes =
      2 * (Tile<E>::kBytes + Tile<D>::kBytes) + 2 * kTileRows * static_cast<int>(sizeof(float));
  static constexpr int bytes(bool delta) {
    return kBytes + (delta ? 2 * D * static_cast<int>(sizeof(float)) : 0);
  }
  WW_DEVICE BackwardTiles(unsigned char* memory, bool delta)
      : own_turned{memory},
        own_plain{own_turned.bytes + Tile<E>::kBytes},
        turned{own_plain.bytes + Tile<D>::kBytes},
        plain{turned.bytes + Tile<E>::kBytes},
        lse(reinterpret_cast<float*>(plain.bytes + Tile<D>::kBytes)),
        mean(lse + kTileRows),
        phases{nullptr, nullptr} {
    if (delta) phases = {mean + kTileRows, mean + kTileRows + D};
  }
  /// Sums take the place of the tiles, which they fill to the last byte.
  WW_DEVICE StagedSums<kind, D> stage(const Gathered<kind, D>& gathered) const {
    static_assert(Staged<D>::kBytes == 2 * Tile<D>::kBytes);
    const Staged<E> staged{reinterpret_cast<float*>(own_turned.bytes)};
    const Staged<D> value{reinterpret_cast<float*>(own_turned.bytes + Staged<E>::kBytes)};
    __syncthreads();
    staged.put(gathered.turned);
    value.put(gathered.value);
    __syncthreads();
    return {staged, value};
  }
};

/// The sum of products of two chunks.
template <Element element>
WW_DEVICE float dot(const uint4& x, const uint4& y) {
  float sum = 0;
  WW_UNROLL
  for (int i = 0; i < 4; ++i) {
    const float2 a = unpack<element>(word_of(x, i)), b = unpack<element>(word_of(y, i));
    sum += a.x * b.x + a.y * b.y;
  }
  return sum;
}

/// lse and mean of 64 queries, two threads a query. One that sees nothing, or is none, gets lse
/// infinity: its pattern is 0.
template <Element element, int D>
WW_DEVICE void gather_means(const DeviceAttention& a,
                            const DeviceAttentionGradients& g,
                            int string,
                            int head,
                            int first,
                            float* lse,
                            float* mean) {
  const int row = static_cast<int>(threadIdx.x) / 2, half = static_cast<int>(threadIdx.x) % 2;
  const int query = first + row;
  float sum = 0, own = infinity();
  if (query < a.Tq) {
    const auto* const d_output = head_of(g.d_output, string, head) + query * g.d_output.place;
    const auto* const output = head_of(a.output, string, head) + query * a.output.place;
    const auto* const x = reinterpret_cast<const uint4*>(d_output);
    const auto* const y = reinterpret_cast<const uint4*>(output);
    WW_ROLLED
    for (int c = half; c < D / 8; c += 2) sum += dot<element>(x[c], y[c]);
    const float written = a.lse[(string * a.H + head) * a.Tq + query];
    if (written != -infinity()) own = written * kLog2E;
  }
  sum += shuffle_xor(sum, 1);
  if (half != 0) return;
  lse[row] = own;
  mean[row] = sum;
}

/// Products of queries and keys become the pattern, those of d_output and values dS / scale.
template <Kind kind, int D, int Tiles>
WW_DEVICE void form_pattern(float (&s)[Tiles][4],
                            float (&d)[Tiles][4],
                            const DeviceAttention& a,
                            const BackwardTiles<kind, D>& tiles,
                            const Share& share,
                            const Bias& bias,
                            int streamed_first,
                            int step) {
  const Sight sight(a);
  const int first_query = share.owns_keys ? streamed_first : share.first;
  const int first_key = share.owns_keys ? share.first : streamed_first;
  const bool whole = sight.sees_all(first_query, kTileRows, first_key, kTileRows);
  WW_UNROLL
  for (int n = 0; n < Tiles; ++n) {
    WW_UNROLL
    for (int u = 0; u < 4; ++u) {
      const int own = warp() * kWarpRows + lane() / 4 + u / 2 * 8;
      const int streamed = step + n * 8 + lane() % 4 * 2 + u % 2;
      const int row = share.owns_keys ? streamed : own, column = share.owns_keys ? own : streamed;
      if (!whole && !sight.sees(first_query + row, first_key + column)) {
        s[n][u] = d[n][u] = 0;
        continue;
      }
      float below = -tiles.lse[row];
      if (bias.data != nullptr) below += bias.at(first_query + row, first_key + column);
      s[n][u] = power_of_two(s[n][u] * (a.scale * kLog2E) + below);
      d[n][u] = s[n][u] * (d[n][u] - tiles.mean[row]);
    }
  }
}

/// One streamed block, already in its tiles.
template <Kind kind, Element element, int D>
WW_DEVICE void gather_block(const DeviceAttention& a,
                            const BackwardTiles<kind, D>& tiles,
                            const Share& share,
                            const Bias& bias,
                            int streamed_first,
                            Gathered<kind, D>& gathered) {
  constexpr int E = kTurned<kind, D>, kStep = kStepRows<D>;
  WW_ROLLED
  for (int step = 0; step < kTileRows; step += kStep) {
    float s[kStep / 8][4], d[kStep / 8][4];
    clear(s);
    clear(d);
    multiply_rows<element, E>(s, tiles.own_turned, warp() * kWarpRows, tiles.turned, step);
    multiply_rows<element, D>(d, tiles.own_plain, warp() * kWarpRows, tiles.plain, step);
    form_pattern<kind, D>(s, d, a, tiles, share, bias, streamed_first, step);
    if (share.owns_keys) multiply_across<element, D>(gathered.value, s, tiles.plain, step);
    multiply_across<element, E>(gathered.turned, d, tiles.turned, step);
  }
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
