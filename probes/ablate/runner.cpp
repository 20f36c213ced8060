#include "probes/ablate/runner.hpp"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr int64_t kKeptBytes = 512 << 20;  // of widened blocks
constexpr int64_t kMostRows = 16'384;      // tokens whose activations stand side by side

int64_t bytes_of(const Block& block) {
  int64_t bytes = 0;
  for (const auto* part : {&block.qkv, &block.out, &block.mlp_in, &block.mlp_out}) {
    bytes += static_cast<int64_t>(part->weight.nbytes());
  }
  return bytes;
}

}  // namespace

Runner::Runner(const Decoder& model, const Inputs& inputs)
    : model_(model),
      texts_(inputs.texts.size()),
      kept_(static_cast<size_t>(model.config().layers)) {
  const c10::NoGradGuard no_grad;
  for (size_t text = 0; text < texts_; ++text) {
    for (const auto& window : inputs.texts[text].windows) {
      const auto input = text_input(window.ids, model.options().device());
      places_.push_back({&window, static_cast<int64_t>(text), model.embed(input)});
    }
  }
}

Block Runner::block(int64_t layer) const {
  auto& kept = kept_[static_cast<size_t>(layer)];
  if (kept) return *kept;
  auto block = model_.block(layer);
  if (!model_.source()) return block;                  // the model's own, as they are
  const auto behind = model_.config().layers - layer;  // the last run the most
  if (behind * bytes_of(block) <= kKeptBytes) kept = block;
  return block;
}

void Runner::advance() {
  const c10::NoGradGuard no_grad;
  WalkOptions clean;  // on the path that edited layers take, so that what changes nothing costs 0
  clean.edit = [](const ScoreView& view) { return view.scores; };
  const auto here = block(layer_);
  for (auto& place : places_) {
    Walker walker;
    start(walker, model_, *place.window, place.text, clean);
    place.x = run_block(here, model_.config(), layer_, place.x, {}, walker.pass);
  }
  ++layer_;
}

/// Of `count` edits side by side.
void Runner::run(const ScoreEditor* edits, size_t count, std::vector<TextLoss>* losses) const {
  std::vector<WalkOptions> options(count);
  std::vector<Walker> walkers(count * places_.size());  // must not move
  for (size_t i = 0; i < walkers.size(); ++i) {
    const auto& place = places_[i % places_.size()];
    auto& of_edit = options[i / places_.size()];
    of_edit.edit = edits[i / places_.size()];
    start(walkers[i], model_, *place.window, place.text, of_edit);
    walkers[i].x = place.x;
  }
  for (int64_t l = layer_; l < model_.config().layers; ++l) {
    const auto here = block(l);
    for (auto& w : walkers) w.x = run_block(here, model_.config(), l, w.x, {}, w.pass);
  }
  for (size_t i = 0; i < walkers.size(); ++i) {
    auto& loss = losses[i / places_.size()][static_cast<size_t>(walkers[i].text)];
    add_losses(model_, walkers[i], loss);
    check(std::isfinite(loss.total),
          "text {}: the loss under an intervention is not finite there; with attenuate choose a "
          "smaller --factor",
          walkers[i].text + 1);
  }
}

std::vector<std::vector<TextLoss>> Runner::losses(const std::vector<ScoreEditor>& edits) const {
  const c10::NoGradGuard no_grad;
  int64_t rows = 0;
  for (const auto& place : places_) rows += place.x.size(1);
  const auto together = static_cast<size_t>(std::max<int64_t>(1, kMostRows / rows));
  std::vector<std::vector<TextLoss>> losses(edits.size(), std::vector<TextLoss>(texts_));
  for (size_t first = 0; first < edits.size(); first += together) {
    const auto count = std::min(together, edits.size() - first);
    run(edits.data() + first, count, losses.data() + first);
  }
  return losses;
}

}  // namespace ww
