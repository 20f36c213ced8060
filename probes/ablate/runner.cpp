#include "probes/ablate/runner.hpp"

#include <c10/core/GradMode.h>

#include <cmath>

#include "base/check.hpp"

namespace ww {

Runner::Runner(const Decoder& model, const Inputs& inputs)
    : model_(model), texts_(inputs.texts.size()) {
  const c10::NoGradGuard no_grad;
  for (int64_t l = 0; l < model.config().layers; ++l) blocks_.push_back(model.block(l));
  for (size_t text = 0; text < texts_; ++text) {
    for (const auto& window : inputs.texts[text].windows) {
      const auto input = text_input(window.ids, model.options().device());
      places_.push_back({&window, static_cast<int64_t>(text), model.embed(input)});
    }
  }
}

void Runner::advance() {
  const c10::NoGradGuard no_grad;
  WalkOptions clean;  // on the path that edited layers take, so that what changes nothing costs 0
  clean.edit = [](const ScoreView& view) { return view.scores; };
  for (auto& place : places_) {
    Walker walker;
    start(walker, model_, *place.window, place.text, clean);
    place.x = run_block(
        blocks_[static_cast<size_t>(layer_)], model_.config(), layer_, place.x, {}, walker.pass);
  }
  ++layer_;
}

std::vector<TextLoss> Runner::losses(const ScoreEditor& edit) const {
  const c10::NoGradGuard no_grad;
  WalkOptions options;
  options.edit = edit;
  std::vector<TextLoss> losses(texts_);
  for (const auto& place : places_) {
    Walker walker;
    start(walker, model_, *place.window, place.text, options);
    walker.x = place.x;
    for (int64_t l = layer_; l < model_.config().layers; ++l) {
      walker.x =
          run_block(blocks_[static_cast<size_t>(l)], model_.config(), l, walker.x, {}, walker.pass);
    }
    auto& loss = losses[static_cast<size_t>(place.text)];
    add_losses(model_, walker, loss);
    check(std::isfinite(loss.total),
          "text {}: the loss under an intervention is not finite there; with attenuate choose a "
          "smaller --factor",
          place.text + 1);
  }
  return losses;
}

}  // namespace ww
