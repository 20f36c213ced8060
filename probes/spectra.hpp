// spectra.hpp: whether the use of a frequency comes in waves along a text or at random.
//
//   H = -sum_k p_k ln p_k / ln K,   p_k proportional to |DFT(|z_t| - mean)_k|^2,   k = 1 .. K
//
// 0 for a sine that fits the window; (ln K - 0.4228) / ln K for white noise, whose powers are
// exponential (0.4228 = 1 - Euler's constant). K = floor((N - 1) / 2) of a window's N tokens: each
// k has a sine and a cosine, the highest frequency of an even N, which has one, is left out.
#pragma once

#include "models/encoding.hpp"

namespace ww {

/// Sums over windows; float64.
struct SpectrumSums {
  at::Tensor entropy;  // [G, F]
  at::Tensor windows;  // [G, F]: in how many the norm varies at all
};

/// Adds one window's chunks [G, T, F] from token `first` on; nothing where K would be below 2.
void add_spectrum(SpectrumSums& sums, const Chunks& chunks, int64_t first);

}  // namespace ww
