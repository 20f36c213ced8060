// backward_kernel.cuh: what the blocks of backward.cuh read and write, and the sum of what owners
// of keys leave of delta's gradient.
#pragma once

#include "models/kernels/cuda/backward.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

/// Which share a block of the grid [key blocks x Hk + query blocks x H, B] has: owners of keys come
/// first, the last queries, who see most, before the others.
WW_DEVICE Share share_of(const DeviceAttention& a, int block, int string) {
  const Sight sight(a);
  const int H = static_cast<int>(a.H), Hk = static_cast<int>(a.Hk), shared = H / Hk;
  const int for_keys = tiles_of(a.Tk) * Hk;
  if (block < for_keys) {
    const int key_head = block % Hk, first = block / Hk * kTileRows;
    return {true, string, key_head, first, key_head * shared, shared, sight.query_blocks(first)};
  }
  const int own = block - for_keys, head = own % H;
  const int first = (tiles_of(a.Tq) - 1 - own / H) * kTileRows;
  return {false, string, head / shared, first, head, 1, sight.key_blocks(first)};
}

/// Rows that a block turns, and those that stand beside them as they are: queries and gradients of
/// their outputs, or keys and values.
struct Source {
  bool queries;
  int head;
  Side side;
  const uint16_t* plain;
  int64_t plain_place;
};

WW_DEVICE Source source_of(const DeviceAttention& a,
                           const DeviceAttentionGradients& g,
                           const Share& share,
                           const Phases& phases,
                           bool queries,
                           int head) {
  if (queries) {
    return {true,
            head,
            query_side(a, share.string, head),
            head_of(g.d_output, share.string, head),
            g.d_output.place};
  }
  return {false,
          head,
          key_side(a, share.string, share.key_head, phases),
          head_of(a.value, share.string, share.key_head),
          a.value.place};
}

/// Sums become gradients in the caller's tensors.
template <Kind kind, Element element, int D>
WW_DEVICE void write_gradients(const DeviceAttention& a,
                               const DeviceAttentionGradients& g,
                               const Share& share,
                               const Side& side,
                               const StagedSums<kind, D>& sums) {
  const bool keys = share.owns_keys;
  const int head = keys ? share.key_head : share.head;
  if (keys) {
    const Gradient d_value = gradient_of(g.d_value, share.string, head);
    write_rows<element, D>(sums.value, d_value, share.first, side.count);
  }
  const Gradient to = gradient_of(keys ? g.d_key : g.d_query, share.string, head);
  turn_rows_back<kind, element, D>(a, side, share.first, sums.turned, to);
  if constexpr (kind == Kind::polar) {
    float* const parts = keys ? g.d_delta_parts : g.d_query_phase;
    if (parts == nullptr) return;
    const int64_t blocks = tiles_of(keys ? a.Tk : a.Tq), heads = keys ? a.Hk : a.H;
    const int64_t part = (share.string * blocks + share.first / kTileRows) * heads + head;
    write_phases<D>(sums.turned, parts + part * D);
  }
}

/// A block fills its own tiles, then each streamed block's.
template <Kind kind, Element element, int D>
__global__ void __launch_bounds__(kThreads)
    backward_kernel(const __grid_constant__ DeviceAttention a,
                    const __grid_constant__ DeviceAttentionGradients g) {
  WW_SHARED(memory);
  const BackwardTiles<kind, D> tiles(memory, a.delta != nullptr);
  const Share share = share_of(a, static_cast<int>(blockIdx.x), static_cast<int>(blockIdx.y));
  turn_delta<kind, D>(a, share.key_head, tiles.phases);
  Gathered<kind, D> gathered;
  clear(gathered.turned);
  clear(gathered.value);
  WW_ROLLED
  for (int step = -1; step < share.steps(); ++step) {
    const bool own = step < 0;
    const int first = own ? share.first : share.first_at(step);
    const int head = own ? share.head : share.head_at(step);
    const Source source = source_of(a, g, share, tiles.phases, own != share.owns_keys, head);
    __syncthreads();
    copy_rows<D>(own ? tiles.own_plain : tiles.plain,
                 source.plain,
                 source.plain_place,
                 first,
                 source.side.count);
    turn_rows<kind, element, D>(a, source.side, first, own ? tiles.own_turned : tiles.turned);
    if (source.queries) {
      gather_means<element, D>(a, g, share.string, head, first, tiles.lse, tiles.mean);
    }
    wait_copies();
    __syncthreads();
    if (own) continue;
    const Bias bias(a, share.string, head);
    gather_block<kind, element, D>(a, tiles, share, bias, first, gathered);
  }
  const Source own = source_of(a, g, share, tiles.phases, !share.owns_keys, share.head);
  write_gradients<kind, element, D>(a, g, share, own.side, tiles.stage(gathered));
}

/// d_delta [Hk, F] = its parts, strings first, then blocks in order; 0 where the clamp holds delta.
WW_KERNEL void __launch_bounds__(kThreads)
    add_parts_kernel(const __grid_constant__ DeviceAttention a,
                     const __grid_constant__ DeviceAttentionGradients g) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x, count = a.Hk * a.D;
  if (i >= count) return;
  double sum = 0;
  const int64_t parts = a.B * tiles_of(a.Tk);
  for (int64_t part = 0; part < parts; ++part) sum += g.d_delta_parts[part * count + i];
  const bool held = a.delta[i] < -kTwoPi || a.delta[i] > 0;
  g.d_delta[i] = held ? 0 : static_cast<float>(sum);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
