// places.hpp: who stands where and who sees whom, as the fused kernels read it.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/encoding.hpp"
#include "models/kernels/block.hpp"

namespace ww {

class Decoder;
struct Input;

/// Cosines and sines of position x theta, a row a position, grown as positions are met.
class AngleTable {
 public:
  /// `width` is the head width D: rows hold D/2 angles for pairs, those without a frequency 0.
  AngleTable(const Encoding& encoding, int64_t width);
  /// Points `strings` at the rows of positions [T] or [B, T]; the result keeps their numbers alive.
  at::Tensor seat(const at::Tensor& positions, kernels::Strings& strings);

 private:
  void fill(const at::Tensor& positions);

  at::Tensor theta_;  // [F]; undefined: nothing turns
  kernels::Kind kind_;
  int64_t width_;
  at::Tensor cosine_, sine_;  // [P, D/2 or D]
  int64_t reach_ = 0;         // rows 0 .. reach - 1 are positions 0 .. reach - 1
};

/// Mask and bias [.., T, T] as [.., T, Tp], -inf beyond T: rows that vectors may read past.
at::Tensor padded_scores(const at::Tensor& scores);

/// Cosines or sines [.., F] as rows of D/2 for pairs, those without a frequency `still`.
at::Tensor angle_rows(const at::Tensor& table, kernels::Kind kind, int64_t D, double still);

/// Cosine and sine of phases, [Hk, F] each, formed in float64, and pointers to them; undefined and
/// null where there are none.
at::Tensor phase_tables(const at::Tensor& phase, const float*& cosine, const float*& sine);

/// One batch. `strings` points into the tensors beside it.
struct FusedPlaces {
  kernels::Strings strings{};
  at::Tensor position, row;  // int32: [T] or [B, T], [R]
  /// The encoding's bias of each layer, with its graph; undefined where it has none.
  std::vector<at::Tensor> layer_bias;  // [H, T, T] or [B, H, T, T]
  /// The same with the mask and -inf beyond T: what the kernels add. One tensor may serve all.
  std::vector<at::Tensor> bias;  // [.., T, Tp]
};

/// Throws InputError unless all ids are from 0 to end - 1; `what` names one of them.
void check_below(const at::Tensor& ids, int64_t end, const char* what);

/// Throws InputError where a token lies outside the vocabulary.
FusedPlaces fused_places(const Decoder& model, const Input& input, AngleTable& angles);

}  // namespace ww
