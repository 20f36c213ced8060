// pattern_sums.hpp: what scores and attention patterns say, as sums over query rows.
//
// Of a row's scores a_s = sum_c a_s^(c) + rest_s over the keys it sees, and its pattern p_s,
//
//   covariance share  V_c = sum_t Cov_s(a^(c), a) / sum_t Var_s(a)
//   Fisher importance I_c = E_t 1/2 Var_{s ~ p_t}(a^(c)), to second order KL(p || p without c)
//
// The chunks' scores are never formed: sum_s A_s a_s^(c) = kappa Re(conj(zq) (A Zk)_c) is one
// matrix product for all chunks, zq and Zk turned to their positions. Under a soft cap p counts u =
// 1 - tanh^2(a / cap) times. Scores and patterns are those of exact_rows.hpp, in float64.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Sums over rows t >= 1 of one layer; float64. Rows of scores are at most 512 of a text.
struct PatternSums {
  int64_t rows = 0;                        // of covariance, fisher and variance
  at::Tensor covariance, fisher;           // [H, F]
  at::Tensor covariance_rest, variance;    // [H]
  int64_t pattern_rows = 0;                // of sink, entropy and slash
  at::Tensor sink, entropy;                // [H]: attention to position 0; entropy / ln(seen)
  at::Tensor slash;                        // [H, lags]
  std::vector<int64_t> lags, rows_of_lag;  // offsets; rows that reach so far back
};

/// Adds the rows of a slab, formed anew. `stride`: every so-manieth row counts as one of scores.
void add_rows(PatternSums& sums, const AttentionView& view, const ScoreSlab& slab, int64_t stride);

/// Offsets at which curves over distance are kept: 0 .. 63, then five to an octave up to `longest`.
std::vector<int64_t> curve_lags(int64_t longest);

}  // namespace ww
