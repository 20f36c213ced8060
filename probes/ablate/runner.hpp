// runner.hpp: many passes over the same texts that differ from some layer on: the layers below run
// once.
#pragma once

#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Keeps every block widened, and what enters the layer it stands at.
class Runner {
 public:
  Runner(const Decoder& model, const Inputs& inputs);

  int64_t layer() const { return layer_; }
  /// The clean pass, one layer on.
  void advance();
  /// Losses of each text where scores are edited from the layer it stands at on.
  std::vector<TextLoss> losses(const ScoreEditor& edit) const;

 private:
  struct Place {
    const Window* window;
    int64_t text;
    at::Tensor x;  // [1, T, C]
  };

  const Decoder& model_;
  size_t texts_;
  std::vector<Block> blocks_;
  std::vector<Place> places_;
  int64_t layer_ = 0;
};

}  // namespace ww
