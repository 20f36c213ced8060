#include "probes/ablate/gates.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include "probes/metrics/by_layer.hpp"
#include "probes/rotated.hpp"

namespace ww {

namespace {

/// Adds (gate - 1) times each chunk's contribution: nothing, but with a slope.
ScoreEditor gated(const Decoder& model, const at::Tensor& gates) {
  return [&model, gates](const ScoreView& view) {
    const auto& encoding = model.encoding(view.layer);
    const auto rows = at::arange(view.scores.size(2), at::kLong) + view.first_row;
    const auto of_rows = view.q[0].index_select(1, rows.to(view.q.device()));
    const auto query = rotated(encoding, Side::query, of_rows, rows);
    const auto every = at::arange(view.k.size(2));
    const auto key = spread(rotated(encoding, Side::key, view.k[0], every), view.q.size(1));
    const auto rule = pairing_rule(model, view.layer);
    const auto gate = ((gates[view.layer] - 1) * (rule.scale * rule.factor * rule.factor))
                          .to(view.scores.options())
                          .unsqueeze(1);  // [H, 1, F]
    const auto inside = (rows > 0).to(view.scores.options()).view({1, -1, 1});
    const auto parts = at::cat({query.real * gate, query.imaginary * gate}, -1) * inside;
    const auto keys = at::cat({key.real, key.imaginary}, -1);
    const auto later = (every > 0).to(view.scores.options()).view({1, -1, 1});
    return view.scores + parts.matmul((keys * later).mT()).unsqueeze(0);
  };
}

}  // namespace

at::Tensor gate_gradient(const Decoder& model, const Inputs& inputs) {
  const c10::AutoGradMode with_gradients(true);
  const auto& c = model.config();
  const auto F = model.encoding(0).theta().numel();
  auto total = at::zeros({c.layers, c.heads, F}, at::kDouble);
  int64_t predictions = 0;
  for (const auto& text : inputs.texts) {
    for (const auto& window : text.windows) {
      const auto gates = at::ones({c.layers, c.heads, F}, at::kDouble).requires_grad_(true);
      WalkOptions options;
      options.edit = gated(model, gates);
      Walker walker;
      start(walker, model, window, 0, options);
      for (int64_t l = 0; l < c.layers; ++l) {
        walker.x = run_block(model.block(l), c, l, walker.x, {}, walker.pass);
      }
      const auto [rows, targets] = graded(walker);
      if (rows.size(0) == 0) continue;
      at::cross_entropy_loss(model.logits(rows), targets, {}, at::Reduction::Sum).backward();
      total += gates.grad();
      predictions += rows.size(0);
    }
  }
  return total / static_cast<double>(predictions);
}

}  // namespace ww
