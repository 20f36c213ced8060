// rounded.hpp: the matrices of a model's blocks in fewer bits, beside the parameters that training
// keeps in float32 (Micikevicius et al., arXiv 1710.03740, section 3.1).
//
//   w' = round(w)      loss computed with w'      g += dL/dw'
//
// Only products gain by fewer bits, so only what stands in products is rounded: not norms, phases,
// biases, embeddings or the head, whose rounding would cost precision and buy no time.
#pragma once

#include <map>
#include <string>

#include "models/block.hpp"
#include "models/parameters.hpp"

namespace ww {

class RoundedMatrices {
 public:
  /// Throws std::logic_error unless the parameters track gradients and blocks' matrices lie side by
  /// side: faults of ours.
  RoundedMatrices(const Parameters& parameters, at::ScalarType type);

  /// The block of a layer with these matrices.
  Block in_place_of(Block block, int64_t layer) const;
  /// Rounds all of them as the parameters are now, in one pass.
  void refresh();
  /// Adds their gradients to those of the parameters and zeroes them.
  void hand_over_gradients();

 private:
  at::Tensor masters_, master_gradients_;  // [N'], of the parameters' flat buffers
  at::Tensor values_, gradients_;          // [N'], of the rounded type
  std::map<std::string, at::Tensor> leaves_;
};

}  // namespace ww
