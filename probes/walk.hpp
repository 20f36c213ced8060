// walk.hpp: every window through the decoder a layer at a time, many windows side by side, so that
// a layer's weights are widened once for all of them. Each window runs by itself: what a text gives
// depends on no other text, to the last bit.
#pragma once

#include <functional>
#include <vector>

#include "models/block.hpp"
#include "models/decoder.hpp"
#include "models/inputs.hpp"

namespace ww {

/// What attention did with one window in one layer. B is 1 and left out of the shapes.
struct AttentionView {
  int64_t layer = 0, text = 0;  // which text of the inputs the window is of
  const Encoding* encoding = nullptr;
  AttentionRule rule;
  at::Tensor q, k, v;  // [H, T, D], [Hk, T, D], before rotation
};

/// Some query rows of it, from `first_row` on.
struct ScoreSlab {
  int64_t first_row = 0;
  at::Tensor scores;   // [H, R, T], scaled, with bias, before soft cap and mask
  at::Tensor pattern;  // [H, R, T]
};

struct Walker;

class Visitor {
 public:
  virtual ~Visitor() = default;
  /// Once for each window and layer, before its scores.
  virtual void see(const AttentionView& view) = 0;
  /// Scores of the window's sampled_rows() with its sampled_keys(), [H, S, K], scaled, with bias,
  /// before soft cap and mask.
  virtual void see_sample(const AttentionView&, const at::Tensor&) {}
  /// The slabs of the window, in the order of their rows, where the walk is not `sampled`.
  virtual void see_rows(const AttentionView&, const ScoreSlab&) {}
  /// Once for each window, after the last layer.
  virtual void see_end(const Walker&) {}
};

/// What one text cost; no predictions where losses were not computed.
struct TextLoss {
  int64_t tokens = 0, predictions = 0;
  double total = 0;     // nats
  double mean() const;  // nats per prediction; NaN where there is none
};

/// All texts as one.
TextLoss pooled(const std::vector<TextLoss>& losses);

struct WalkOptions {
  Visitor* visitor = nullptr;
  bool sampled = false;  // the visitor sees no slabs; attention keeps the path it takes unseen
  ScoreEditor edit;      // of an intervention; `text` counts the texts of the inputs
  bool losses = true;    // whether to compute them: the head may be most of the model
  std::function<void(int64_t done, int64_t of)> progress;  // tokens times layers
};

/// Runs the inputs; a loss for each text. Throws InputError where a value is not finite.
std::vector<TextLoss> walk(const Decoder& model, const Inputs& inputs, const WalkOptions& options);

/// One window on its way through the layers.
struct Walker {
  const Window* window = nullptr;
  int64_t text = 0;
  Hooks hooks;
  Pass pass;     // points at the hooks: a walker must not move
  at::Tensor x;  // [1, T, C], what enters the next layer
};

/// Before the first layer; the options must outlive it.
void start(Walker& walker,
           const Decoder& model,
           const Window& window,
           int64_t text,
           const WalkOptions& options);

/// What a window predicts: rows of x [R, C] as after the last block, and their targets [R], int64.
/// A task is graded at its last token alone. R may be 0.
struct Graded {
  at::Tensor rows, targets;
};
Graded graded(const Walker& walker);

/// What each of a window's first predictions, at most so many, costs, nats.
std::vector<double> first_losses(const Decoder& model, const Walker& walker, int64_t most);

/// Adds the cross-entropies of a window's predictions.
void add_losses(const Decoder& model, const Walker& walker, TextLoss& loss);

}  // namespace ww
