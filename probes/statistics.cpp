#include "probes/statistics.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.hpp"
#include "probes/selfcheck.hpp"

namespace ww {

namespace {

constexpr int64_t kRowsOfText = 512;  // whose scores are summed

/// Tokens of a text that are counted, and all of its rows.
struct TextSize {
  int64_t counted = 0, rows = 0;
};

/// Of `all` tokens, counted one after the other, the indices of those sampled among from .. from +
/// count - 1. `phase` in [0, 1) tells two samplings apart.
std::vector<int64_t> sampled(int64_t all, double phase, int64_t from, int64_t count) {
  const auto most = std::min(all, kMostSamples);
  const double step = static_cast<double>(all) / static_cast<double>(most);
  std::vector<int64_t> picked;
  auto i = std::max<int64_t>(0, static_cast<int64_t>(static_cast<double>(from) / step) - 1);
  for (; i < most; ++i) {
    const auto token = static_cast<int64_t>((static_cast<double>(i) + phase) * step);
    if (token >= from + count) break;
    if (token >= from) picked.push_back(token - from);
  }
  return picked;
}

/// Samples of a layer as they come.
struct LayerSamples {
  std::vector<at::Tensor> query, key;
};

class Collector final : public Visitor {
 public:
  Collector(const Decoder& model, const Inputs& inputs, const CollectOptions& options)
      : model_(model),
        inputs_(inputs),
        options_(options),
        first_(options.include_position0 ? 0 : 1) {
    const auto layers = static_cast<size_t>(model.config().layers);
    for (const auto& text : inputs.texts) add_text(text);
    statistics_.layers.resize(layers);
    seen_.assign(layers, 0);
    samples_.resize(layers);
    const auto texts = inputs.texts.size();
    for (auto& layer : statistics_.layers) {
      layer.query.resize(texts);
      layer.key.resize(texts);
      if (options.values) layer.value.resize(texts);
      if (!options.patterns) continue;
      layer.pattern.lags = curve_lags(statistics_.longest);
      layer.pattern.rows_of_lag.assign(layer.pattern.lags.size(), 0);
    }
  }

  void see(const AttentionView& view) override {
    auto& layer = statistics_.layers[static_cast<size_t>(view.layer)];
    const auto text = static_cast<size_t>(view.text);
    const auto& encoding = *view.encoding;
    const bool skip = first_ > 0;
    add_window(layer.query[text], encoding, view.q, Side::query, !skip);
    add_window(layer.key[text], encoding, view.k, Side::key, !skip);
    if (options_.spectra) {
      add_spectrum(layer.query_spectrum, encoding.query_chunks(view.q.to(at::kDouble)), first_);
      add_spectrum(layer.key_spectrum, encoding.key_chunks(view.k.to(at::kDouble)), first_);
    }
    if (options_.values) add_window(layer.value[text], encoding, view.v, Side::query, !skip);
    if (options_.moments && view.q.size(1) > first_) add_moments(layer, view);
  }

  void see_sample(const AttentionView& view, const at::Tensor& scores) override {
    auto& layer = statistics_.layers[static_cast<size_t>(view.layer)];
    const double error = logit_error(view, scores);
    check(std::isfinite(error),
          "{}: scores of layer {} are not finite there",
          inputs_.texts[static_cast<size_t>(view.text)].where(),
          view.layer);
    layer.logit_error = std::max(layer.logit_error, error);
  }

  void see_rows(const AttentionView& view, const ScoreSlab& slab) override {
    if (!options_.patterns) return;
    auto& layer = statistics_.layers[static_cast<size_t>(view.layer)];
    const auto rows = sizes_[static_cast<size_t>(view.text)].rows;
    add_rows(layer.pattern, view, slab, (rows + kRowsOfText - 1) / kRowsOfText);
  }

  void see_end(const Walker& walker) override {
    if (!options_.head || walker.window != &inputs_.texts.front().windows.front() ||
        walker.window->answer >= 0)
      return;
    statistics_.opening.losses = first_losses(model_, walker, kOpeningTokens - 1);
  }

  Statistics take() {
    for (size_t l = 0; options_.moments && l < samples_.size(); ++l) {
      statistics_.layers[l].query_samples = at::cat(samples_[l].query, 1);
      statistics_.layers[l].key_samples = at::cat(samples_[l].key, 1);
    }
    return std::move(statistics_);
  }

 private:
  void add_text(const InputText& text) {
    TextSize size;
    for (const auto& window : text.windows) {
      const auto rows = static_cast<int64_t>(window.ids.size());
      size.rows += rows;
      size.counted += rows - first_;
      statistics_.longest = std::max(statistics_.longest, rows);
    }
    check(size.counted > 0,
          "{}: has no token besides the first; leave it out or use --include-position0",
          text.where());
    counted_ += size.counted;
    sizes_.push_back(size);
  }

  void add_moments(LayerStatistics& layer, const AttentionView& view) {
    const auto& size = sizes_[static_cast<size_t>(view.text)];
    const double weight = options_.macro ? 1 / static_cast<double>(size.counted) : 1;
    const auto count = view.q.size(1) - first_;
    layer.query_moments.add(view.text, features_of(*view.encoding, view.q, first_), weight);
    layer.key_moments.add(view.text, features_of(*view.encoding, view.k, first_), weight);
    auto& seen = seen_[static_cast<size_t>(view.layer)];
    auto& [query, key] = samples_[static_cast<size_t>(view.layer)];
    add_samples(query, view, view.q, Side::query, sampled(counted_, 0.25, seen, count));
    add_samples(key, view, view.k, Side::key, sampled(counted_, 0.75, seen, count));
    seen += count;
  }

  void add_samples(std::vector<at::Tensor>& samples,
                   const AttentionView& view,
                   const at::Tensor& x,
                   Side side,
                   std::vector<int64_t> picked) const {
    if (picked.empty()) return;
    for (auto& row : picked) row += first_;
    const auto rows = x.transpose(0, 1)
                          .index_select(0, at::tensor(picked, at::kLong).to(x.device()))
                          .transpose(0, 1);
    const auto z = chunks_of(*view.encoding, rows.to(at::kCPU), side);
    samples.push_back(at::complex(z.real.contiguous(), z.imaginary.contiguous()));
  }

  const Decoder& model_;
  const Inputs& inputs_;
  CollectOptions options_;
  int64_t first_;        // position 0 is summed apart
  int64_t counted_ = 0;  // tokens of all texts
  std::vector<TextSize> sizes_;
  std::vector<int64_t> seen_;          // tokens counted so far, by layer
  std::vector<LayerSamples> samples_;  // by layer
  Statistics statistics_;
};

}  // namespace

int64_t Opening::tokens() const {
  return losses.empty() ? 0 : static_cast<int64_t>(losses.size()) + 1;
}

double Opening::loss() const {
  if (losses.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

Statistics collect(const Decoder& model,
                   const Inputs& inputs,
                   const CollectOptions& options,
                   const std::function<void(int64_t done, int64_t of)>& progress) {
  Collector collector(model, inputs, options);
  WalkOptions walking;
  walking.visitor = &collector;
  walking.sampled = !options.patterns && !options.every_row;
  walking.losses = options.losses;
  walking.progress = progress;
  auto losses = walk(model, inputs, walking);
  auto statistics = collector.take();
  statistics.losses = std::move(losses);
  return statistics;
}

}  // namespace ww
