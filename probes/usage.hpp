// usage.hpp: how much each frequency of each head is used: the norm of its chunk in queries and
// keys, averaged over tokens (Barbero et al., arXiv 2410.06205; arXiv 2509.10534, Figures 3-5).
//
//   N(layer, head, frequency) = E_t |z_t|,  z the chunk before rotation, PoPE's its magnitude
//
// Kept as sufficient statistics, one row a text, so that errors come from leaving texts out. The
// first position, where attention sinks are, is summed apart.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/window_usage.hpp"

namespace ww {

/// Sums over the tokens of one text in one layer, float64; `first` over its windows.
struct UsageSums : WindowUsage {
  int64_t tokens = 0;
  at::Tensor tail;                 // [G]: sum of the norm of the features that never turn
  at::Tensor tail_sum, tail_size;  // [G, R]: of each x, its sum and that of |x|; where none turns
  int64_t windows = 0;             // first positions
};

/// Adds one window's chunks [G, T, F]. With include_first the first position counts as any
/// other.
void add_window(UsageSums& sums, const Chunks& chunks, bool include_first);
/// The same from queries or keys x [G, T, D], before rotation; on a GPU with one read where the
/// kernel takes them.
void add_window(
    UsageSums& sums, const Encoding& encoding, const at::Tensor& x, Side side, bool include_first);

/// How texts become one average.
enum class Averaging { micro, macro };  // tokens pooled; or each text's mean first

/// A mean over texts with its jackknife standard error (NaN for one text).
struct Estimate {
  at::Tensor mean, error;
};

/// The error of a mean over N texts by what it is without each in turn, [N, ..]; NaN for one text.
at::Tensor jackknife_error(const at::Tensor& left_out);

/// Mean [H, F] over all texts of a field that is a sum over tokens.
at::Tensor mean_of(const std::vector<UsageSums>& texts,
                   at::Tensor UsageSums::*field,
                   Averaging averaging);
/// That of the norms.
at::Tensor mean_norm(const std::vector<UsageSums>& texts, Averaging averaging);
/// The same averaged over heads, [F], with its error over texts.
Estimate layer_norm_estimate(const std::vector<UsageSums>& texts, Averaging averaging);

}  // namespace ww
