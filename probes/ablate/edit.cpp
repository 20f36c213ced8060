#include "probes/ablate/edit.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/real.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "probes/ablate/acted.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

at::Tensor as_complex(const Chunks& z, const at::Tensor& chunks) {
  const auto pick = [&](const at::Tensor& x) {
    return x[0].index_select(-1, chunks).to(at::kCPU).contiguous();
  };
  return at::complex(pick(z.real), pick(z.imaginary));
}

/// Sum over chunks of Re(conj(query) key) for rows from `first` on: [H, R, T].
at::Tensor score_of(const Contribution& c, int64_t first, int64_t rows) {
  const auto parts = [](const at::Tensor& z) { return at::cat({at::real(z), at::imag(z)}, -1); };
  return parts(c.query.narrow(1, first, rows)).matmul(parts(c.key).mT());
}

class Editor {
 public:
  Editor(const CleanPass& clean, const Intervention& intervention, const Target& target)
      : clean_(clean), intervention_(intervention), target_(target) {}

  at::Tensor operator()(const ScoreView& view) const {
    if (target_.layer >= 0 && view.layer != target_.layer) return view.scores;
    const auto& encoding = clean_.model.encoding(view.layer);
    const auto chunks = touched(encoding, view.layer);
    if (chunks.numel() == 0) return view.scores;
    const auto band = band_of(view, encoding, chunks);
    const auto rows = view.scores.size(2);
    const Contribution own{band.query * band.turn, band.key * band.turn};
    const auto instead = intervention_.row->replace(band);
    auto change = -score_of(own, view.first_row, rows);
    if (instead.query.defined()) change = change + score_of(instead, view.first_row, rows);
    const auto rule = pairing_rule(clean_.model, view.layer);
    return view.scores + masked(change * (rule.scale * rule.factor * rule.factor), view.first_row)
                             .to(view.scores.options())
                             .unsqueeze(0);
  }

 private:
  /// Chunks of the target that the intervention can change at all.
  at::Tensor touched(const Encoding& encoding, int64_t layer) const {
    const auto& row = *intervention_.row;
    if (encoding.polar() && row.identity_polar) return at::arange(0);
    const auto theta = acted_theta(clean_.model, layer);
    auto chunks =
        target_.chunks.empty() ? at::arange(theta.numel()) : at::tensor(target_.chunks, at::kLong);
    if (!row.identity_still) return chunks;
    return chunks.index_select(0, at::nonzero(theta.index_select(0, chunks)).flatten());
  }

  BandView band_of(const ScoreView& view,
                   const Encoding& encoding,
                   const at::Tensor& chunks) const {
    BandView band;
    band.query = as_complex(acted_on(encoding.query_chunks(view.q)), chunks);
    band.key =
        for_queries(as_complex(acted_on(encoding.key_chunks(view.k)), chunks), band.query.size(0));
    band.theta = acted_theta(clean_.model, view.layer).index_select(0, chunks);
    const auto angle = at::arange(view.q.size(2), at::kDouble).unsqueeze(-1) * band.theta;
    band.turn = at::polar(at::ones_like(angle), angle).to(band.query.scalar_type());
    band.reference = clean_.references.without(view.layer, view.text).of(chunks);
    band.range = clean_.range;
    band.factor = intervention_.factor;
    band.seed = intervention_.seed;
    band.stream = static_cast<uint64_t>(view.text * clean_.model.config().layers + view.layer);
    band.sides = intervention_.sides;
    return band;
  }

  /// Position 0, where sinks are, keeps its scores; so do heads that are not meant.
  at::Tensor masked(at::Tensor change, int64_t first_row) const {
    change.select(2, 0).zero_();
    if (first_row == 0) change.select(1, 0).zero_();
    if (target_.head < 0) return change;
    auto kept = at::zeros_like(change);
    kept[target_.head] = change[target_.head];
    return kept;
  }

  const CleanPass& clean_;
  Intervention intervention_;
  Target target_;
};

}  // namespace

ScoreEditor make_editor(const CleanPass& clean,
                        const Intervention& intervention,
                        const Target& target) {
  return Editor(clean, intervention, target);
}

}  // namespace ww
