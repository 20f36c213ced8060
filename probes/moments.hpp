// moments.hpp: what the counterfactual decomposition is computed from: means and second moments of
// queries and keys, per layer and head, as sums; and the same of blocks of texts, so that errors
// come from leaving blocks out.
//
// The features of a token are the real numbers behind its chunks: (Re z, Im z, tail) of rotary
// encodings; of polar ones, whose phases content does not touch, (mu, tail).
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "probes/usage.hpp"

namespace ww {

/// Weighted sums over tokens; heads G (H of queries, Hk of keys), N features.
struct Moments {
  double weight = 0;
  at::Tensor first;   // [G, N], float64
  at::Tensor second;  // [G, N, N], float64

  /// [G, T, N], float32 or float64: products within a window are formed in that, summed in float64.
  void add(const at::Tensor& features, double weight_of_each);
  /// The sums less some of their terms.
  Moments without(const Moments& part) const;
};

/// Moments of one layer and side over many texts, in at most 16 blocks.
class BlockedMoments {
 public:
  /// Texts of equal index modulo 16 share a block.
  void add(int64_t text, const at::Tensor& features, double weight_of_each);
  const Moments& total() const { return total_; }
  /// The total without each block in turn; blocks are kept as packed float32.
  std::vector<Moments> left_out() const;

 private:
  static constexpr int64_t kBlocks = 16;
  struct Packed {
    double weight = 0;
    at::Tensor first;     // [G, N], float64
    at::Tensor triangle;  // [G, N (N + 1) / 2], float32
  };

  Moments total_;
  std::vector<Packed> blocks_;
};

/// Features of q [G, T, D] or k, of their type, on the CPU, of the rows from `first` on.
at::Tensor features_of(const Encoding& encoding, const at::Tensor& x, int64_t first);

/// Means and second moments as the chunks' own, for heads of one side:
///   mean = E z, s = E conj(z_c) z_c', j = E z_c z_c';  tail: E u, E u u', cross = E u_i z_c
struct ChunkMoments {
  at::Tensor mean;                           // [G, F], complex
  at::Tensor s, j;                           // [G, F, F], complex
  at::Tensor tail_mean, tail_second, cross;  // [G, R], [G, R, R], [G, R, F] complex; R may be 0
  bool turns = true;                         // content turns chunks; false of polar encodings
};
/// `keys` adds the phases that a polar encoding gives its keys.
ChunkMoments chunk_moments(const Moments& moments, const Encoding& encoding, bool keys);

}  // namespace ww
