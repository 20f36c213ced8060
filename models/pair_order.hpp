// pair_order.hpp: which features RoPE turns together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/kernels/cuda/attention.hpp"

namespace ww {

/// Pair c of D/2 is features order[c] and order[c + D/2]. The first F pairs turn: (c, c + F), or
/// neighbours (2c, 2c + 1) where `adjacent`; the features from 2F on pass as they are.
inline std::vector<int32_t> pair_order(int64_t D, int64_t F, bool adjacent) {
  std::vector<int32_t> order;
  for (int64_t half = 0; half < 2; ++half) {
    for (int64_t c = 0; c < D / 2; ++c) {
      const auto turning = adjacent ? 2 * c + half : c + half * F;
      const auto passing = 2 * F + half * (D / 2 - F) + c - F;
      order.push_back(static_cast<int32_t>(c < F ? turning : passing));
    }
  }
  return order;
}

/// What a GPU's kernels call such an order; empty where it is another.
inline std::optional<kernels::cuda::PairLayout> pair_layout(const std::vector<int32_t>& order,
                                                            int64_t D,
                                                            int64_t F) {
  if (order == pair_order(D, F, false)) return kernels::cuda::PairLayout::half;
  if (order == pair_order(D, F, true)) return kernels::cuda::PairLayout::adjacent;
  return {};
}

}  // namespace ww
