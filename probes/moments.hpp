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
};

/// Moments of one layer and side over many texts, in at most 16 blocks.
class BlockedMoments {
 public:
  /// Features [G, T, N] of tokens of a text, at least one, float32 or float64: products are formed
  /// in that, of features less the first ones' mean, so that what is small beside a large constant
  /// is kept; summed in float64. Texts of equal index modulo 16 share a block.
  void add(int64_t text, const at::Tensor& features, double weight_of_each);
  Moments total() const;
  int64_t blocks() const { return static_cast<int64_t>(blocks_.size()); }
  /// The total without one block; blocks are kept as float32.
  Moments without(int64_t block) const;

 private:
  static constexpr int64_t kBlocks = 16;
  struct Packed {
    double weight = 0;
    at::Tensor first;     // [G, N], float64
    at::Tensor triangle;  // [G, N (N + 1) / 2]
    /// What the products' sums stand beside; begins these as zeros of `type`.
    void add(double weight, const at::Tensor& first, at::ScalarType type);
  };

  /// The moments of features from those of features less the centre.
  Moments moved_back(Moments centred) const;

  at::Tensor centre_;           // [G, N], float64
  Packed total_;                // triangle in float64
  std::vector<Packed> blocks_;  // in float32
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
