// runner.hpp: many passes over the same texts that differ from some layer on: the layers below run
// once. Passes go through a layer side by side, so that its weights are widened once for them all.
#pragma once

#include <optional>
#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Keeps what enters the layer it stands at, and of a checkpoint's widened blocks the last ones, as
/// many as fit a fixed size: the others are widened anew when their layer runs.
class Runner {
 public:
  Runner(const Decoder& model, const Inputs& inputs);

  int64_t layer() const { return layer_; }
  /// The clean pass, one layer on.
  void advance();
  /// Of each edit the losses of each text where scores are edited from the layer it stands at on.
  std::vector<std::vector<TextLoss>> losses(const std::vector<ScoreEditor>& edits) const;

 private:
  struct Place {
    const Window* window;
    int64_t text;
    at::Tensor x;  // [1, T, C]
  };

  Block block(int64_t layer) const;
  void run(const ScoreEditor* edits, size_t count, std::vector<TextLoss>* losses) const;

  const Decoder& model_;
  size_t texts_;
  mutable std::vector<std::optional<Block>> kept_;  // a layer each
  std::vector<Place> places_;
  int64_t layer_ = 0;
};

}  // namespace ww
