// forward.cuh: 64 queries of one head of one string a block, 16 a warp. Queries turn once, keys a
// block of 64 at a time; the softmax runs along (Milakov and Gimelshein, arXiv 1805.02867).
#pragma once

#include "models/kernels/cuda/turning.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

constexpr int kKeyTiles = kTileRows / 8;  // of 8 keys, in a block

template <Kind kind, int D>
constexpr int forward_bytes(bool delta) {
  return Tile<kTurned<kind, D>>::kBytes + Tile<D>::kBytes +
         (delta ? 2 * D * static_cast<int>(sizeof(float)) : 0);
}

/// Two rows of a lane, g and g + 8 of its warp's 16: what softmax knows of them so far.
struct RunningSoftmax {
  float largest[2], sum[2];  // log2 units; of this lane's keys alone
};

/// Products become scores in log2 units, -inf where a query does not see.
WW_DEVICE void form_scores(float (&s)[kKeyTiles][4],
                           const Sight& sight,
                           const Bias& bias,
                           float scale,
                           int row,
                           int first_key,
                           bool whole) {
  WW_UNROLL
  for (int n = 0; n < kKeyTiles; ++n) {
    WW_UNROLL
    for (int u = 0; u < 4; ++u) {
      const int query = row + u / 2 * 8, key = first_key + n * 8 + lane() % 4 * 2 + u % 2;
      s[n][u] *= scale;
      if (!whole && !sight.sees(query, key)) {
        s[n][u] = -infinity();
      } else if (bias.data != nullptr) {
        s[n][u] += bias.at(query, key);
      }
    }
  }
}

/// The largest or the sum over the four lanes that share a row.
WW_DEVICE float largest_of_row(float x) {
  x = fmaxf(x, shuffle_xor(x, 1));
  return fmaxf(x, shuffle_xor(x, 2));
}
WW_DEVICE float sum_of_row(float x) {
  x += shuffle_xor(x, 1);
  return x + shuffle_xor(x, 2);
}

/// Scores become exponentials relative to the largest so far; what is summed is rescaled to it.
template <int Tiles>
WW_DEVICE void run_softmax(RunningSoftmax& softmax,
                           float (&s)[kKeyTiles][4],
                           float (&output)[Tiles][4]) {
  WW_UNROLL
  for (int r = 0; r < 2; ++r) {
    float largest = softmax.largest[r];
    WW_UNROLL
    for (int n = 0; n < kKeyTiles; ++n) {
      largest = fmaxf(largest, fmaxf(s[n][2 * r], s[n][2 * r + 1]));
    }
    largest = largest_of_row(largest);
    const float base = largest == -infinity() ? 0 : largest;
    const float rescale = power_of_two(softmax.largest[r] - base);
    softmax.largest[r] = largest;
    softmax.sum[r] *= rescale;
    WW_UNROLL
    for (int i = 0; i < Tiles; ++i) {
      output[i][2 * r] *= rescale;
      output[i][2 * r + 1] *= rescale;
    }
    WW_UNROLL
    for (int n = 0; n < kKeyTiles; ++n) {
      WW_UNROLL
      for (int u = 2 * r; u < 2 * r + 2; ++u) {
        s[n][u] = power_of_two(s[n][u] - base);
        softmax.sum[r] += s[n][u];
      }
    }
  }
}

/// Writes what a lane holds of its two rows.
template <Element element, int D>
WW_DEVICE void write_output(const DeviceAttention& a,
                            const RunningSoftmax& softmax,
                            const float (&output)[D / 8][4],
                            int string,
                            int head,
                            int row) {
  WW_UNROLL
  for (int r = 0; r < 2; ++r) {
    const float sum = sum_of_row(softmax.sum[r]);
    const int query = row + 8 * r, t = lane() % 4;
    if (query >= a.Tq) continue;
    const float share = sum == 0 ? 0 : 1 / sum;
    uint16_t* const to = head_of(a.output, string, head) + query * a.output.place + 2 * t;
    WW_UNROLL
    for (int i = 0; i < D / 8; ++i) {
      *reinterpret_cast<uint32_t*>(to + i * 8) =
          pack<element>(output[i][2 * r] * share, output[i][2 * r + 1] * share);
    }
    if (t != 0) continue;
    const float lse = sum == 0 ? -infinity() : (softmax.largest[r] + log_two(sum)) * kLn2;
    a.lse[(string * a.H + head) * a.Tq + query] = lse;
  }
}

/// Fragments of a block's queries, which turn where keys will; a barrier is inside.
template <Kind kind, Element element, int D>
WW_DEVICE void take_queries(const DeviceAttention& a,
                            const Side& queries,
                            int first,
                            Tile<kTurned<kind, D>> tile,
                            uint32_t (&query)[kTurned<kind, D> / 16][4]) {
  turn_rows<kind, element, D>(a, queries, first, tile);
  wait_copies();
  __syncthreads();
  WW_UNROLL
  for (int slab = 0; slab < kTurned<kind, D> / 16; ++slab) {
    tile.rows(query[slab], warp() * kWarpRows, slab);
  }
}

/// One block of keys: its tiles are filled, and s becomes the products of queries and keys.
template <Kind kind, Element element, int D>
WW_DEVICE void multiply_keys(const DeviceAttention& a,
                             const Side& keys,
                             const uint16_t* values,
                             Tile<kTurned<kind, D>> key_tile,
                             Tile<D> value_tile,
                             const uint32_t (&query)[kTurned<kind, D> / 16][4],
                             int first_key,
                             float (&s)[kKeyTiles][4]) {
  __syncthreads();
  copy_rows<D>(value_tile, values, a.value.place, first_key, keys.count);
  turn_rows<kind, element, D>(a, keys, first_key, key_tile);
  wait_copies();
  __syncthreads();
  clear(s);
  WW_UNROLL
  for (int slab = 0; slab < kTurned<kind, D> / 16; ++slab) {
    WW_UNROLL
    for (int n = 0; n < kKeyTiles; n += 2) {
      uint32_t b[4];
      key_tile.columns(b, n * 8, slab);
      multiply<element>(s[n], query[slab], b[0], b[1]);
      multiply<element>(s[n + 1], query[slab], b[2], b[3]);
    }
  }
}

/// Grid [query blocks x H, B]. The last queries, who see most, come first.
template <Kind kind, Element element, int D>
__global__ void __launch_bounds__(kThreads)
    forward_kernel(const __grid_constant__ DeviceAttention a) {
  WW_SHARED(memory);
  constexpr int E = kTurned<kind, D>;
  const Tile<E> key_tile{memory};
  const Tile<D> value_tile{memory + Tile<E>::kBytes};
  auto* const phase = reinterpret_cast<float*>(value_tile.bytes + Tile<D>::kBytes);
  const Phases phases = a.delta == nullptr ? Phases{nullptr, nullptr} : Phases{phase, phase + D};
  const int H = static_cast<int>(a.H), block_of_grid = static_cast<int>(blockIdx.x);
  const int string = static_cast<int>(blockIdx.y), head = block_of_grid % H;
  const int first = (tiles_of(a.Tq) - 1 - block_of_grid / H) * kTileRows;
  const int key_head = head / (H / static_cast<int>(a.Hk));

  turn_delta<kind, D>(a, key_head, phases);
  uint32_t query[E / 16][4];
  take_queries<kind, element, D>(a, query_side(a, string, head), first, key_tile, query);

  float output[D / 8][4];
  clear(output);
  RunningSoftmax softmax{{-infinity(), -infinity()}, {0, 0}};
  const Sight sight(a);
  const Bias bias(a, string, head);
  const Side keys = key_side(a, string, key_head, phases);
  const int row = first + warp() * kWarpRows + lane() / 4;
  const Span blocks = sight.key_blocks(first);
  WW_ROLLED
  for (int block = blocks.from; block < blocks.to; ++block) {
    const int first_key = block * kTileRows;
    float s[kKeyTiles][4];
    multiply_keys<kind, element, D>(
        a, keys, head_of(a.value, string, key_head), key_tile, value_tile, query, first_key, s);
    const bool whole = sight.sees_all(first, kTileRows, first_key, kTileRows);
    form_scores(s, sight, bias, a.scale * kLog2E, row, first_key, whole);
    run_softmax(softmax, s, output);
    multiply_across<element, D>(output, s, value_tile, 0);
  }
  write_output<element, D>(a, softmax, output, string, head, row);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
