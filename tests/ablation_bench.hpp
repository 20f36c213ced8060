// ablation_bench.hpp: a small model of any encoding, and what an intervention makes of its scores.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "probes/ablate/edit.hpp"
#include "tests/metric_inputs.hpp"

namespace ww::test {

/// The model's scores of the first text, and what an intervention makes of them: layer 0.
struct Scores {
  at::Tensor before, after;  // [H, T, T]
};

struct Bench {
  Decoder model;
  Statistics statistics = collect(model, some_texts(), {});
  References references{statistics};
  CleanPass clean{model, references, statistics.longest};

  explicit Bench(const ModelConfig& config) : model(made(config)) {}

  Scores scores(const Intervention& intervention, const Target& target = {}) const {
    const c10::NoGradGuard no_grad;
    const auto texts = some_texts();
    const auto edit = make_editor(clean, intervention, target);
    Scores found;
    Hooks hooks;
    hooks.edit = [&](const ScoreView& view) {
      if (view.layer != 0) return view.scores;
      found.before = view.scores[0].to(at::kDouble);
      found.after = edit(view)[0].to(at::kDouble);
      return view.scores;
    };
    model.forward(text_input(texts.texts[0].windows[0].ids, at::kCPU), hooks);
    return found;
  }
};

inline Intervention named(const char* name) {
  Intervention intervention;
  intervention.row = &intervention_row(name);
  return intervention;
}

}  // namespace ww::test
