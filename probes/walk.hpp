// walk.hpp: every window through the decoder a layer at a time, many windows side by side, so that
// a layer's weights are widened once for all of them; whoever watches sees one window at a time.
#pragma once

#include <functional>
#include <vector>

#include "models/decoder.hpp"
#include "models/inputs.hpp"

namespace ww {

/// What attention did with one window in one layer. B is 1 and left out of the shapes.
struct AttentionView {
  int64_t layer = 0, text = 0;  // which text of the inputs the window is of
  const Encoding* encoding = nullptr;
  AttentionRule rule;
  at::Tensor q, k, v;       // [H, T, D], [Hk, T, D], before rotation
  at::Tensor q_rot, k_rot;  // [H, T, E], [Hk, T, E], what scores are products of
};

/// Some query rows of it, from `first_row` on.
struct ScoreSlab {
  int64_t first_row = 0;
  at::Tensor scores;   // [H, R, T], scaled, with bias, before soft cap and mask
  at::Tensor pattern;  // [H, R, T]
};

class Visitor {
 public:
  virtual ~Visitor() = default;
  /// Once for each window and layer, before its slabs.
  virtual void see(const AttentionView& view) = 0;
  /// The slabs of the window, in the order of their rows.
  virtual void see_rows(const AttentionView&, const ScoreSlab&) {}
};

/// What one text cost.
struct TextLoss {
  int64_t tokens = 0, predictions = 0;
  double total = 0;     // nats
  double mean() const;  // nats per prediction; NaN where there is none
};

struct WalkOptions {
  Visitor* visitor = nullptr;
  ScoreEditor edit;    // of an intervention; `text` counts the texts of the inputs
  bool losses = true;  // whether to compute them: the head may be most of the model
  std::function<void(int64_t done, int64_t of)> progress;  // tokens times layers
};

/// Runs the inputs; a loss for each text. Throws InputError where a value is not finite.
std::vector<TextLoss> walk(const Decoder& model, const Inputs& inputs, const WalkOptions& options);

/// Windows that are run side by side.
struct WindowGroup {
  std::vector<const Window*> windows;
  std::vector<int64_t> texts;  // the text of each
  int64_t rows = 0;            // tokens together
};
/// Cuts the inputs into groups of about so many rows as the model's width has memory for.
std::vector<WindowGroup> window_groups(const Inputs& inputs, const ModelConfig& config);

/// The group as one input: texts packed side by side.
Input packed_input(const WindowGroup& group, at::Device device);

/// Cross-entropies of a group's predictions from x [R, C] after the last block, added to their
/// texts'.
void add_losses(const Decoder& model,
                const WindowGroup& group,
                const at::Tensor& x,
                std::vector<TextLoss>& losses);

}  // namespace ww
