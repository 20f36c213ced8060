#include "probes/metrics/swaps.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "base/philox.hpp"
#include "probes/arrays.hpp"
#include "probes/exact_rows.hpp"

namespace ww {

namespace {

constexpr int64_t kBlock = 16;      // tokens
constexpr size_t kSwaps = 8;        // of a text
constexpr uint64_t kBlockSeed = 1;  // of the choice of blocks

struct Swap {
  int64_t i = 0, j = 0;  // blocks, i < j, neither the last
};

std::vector<Swap> swaps_of(int64_t blocks, uint64_t text) {
  std::vector<Swap> all, chosen;
  for (int64_t j = 1; j < blocks - 1; ++j) {
    for (int64_t i = 0; i < j; ++i) all.push_back({i, j});
  }
  const auto count = static_cast<int>(std::min(all.size(), kSwaps));
  Draw draw(kBlockSeed, text, fnv32("swaps"));
  for (const auto picked : draw.distinct(static_cast<int>(all.size()), count)) {
    chosen.push_back(all[static_cast<size_t>(picked)]);
  }
  return chosen;
}

Window swapped(Window window, const Swap& swap) {
  const auto block = [&](int64_t b) { return window.ids.begin() + 1 + b * kBlock; };
  std::swap_ranges(block(swap.i), block(swap.i) + kBlock, block(swap.j));
  return window;
}

/// A text as it is and the exchanges in it: one run each, side by side.
struct Runs {
  size_t clean = 0;  // index of the run; the exchanges' follow
  std::vector<Swap> swaps;
};

/// Appends the runs of a text's first window, cut to whole blocks after its first token.
void add_runs(const InputText& text, uint64_t index, Inputs& inputs, std::vector<Runs>& runs) {
  auto window = text.windows.front();
  const auto blocks = (static_cast<int64_t>(window.ids.size()) - 1) / kBlock;
  if (blocks < 3) return;
  window.ids.resize(static_cast<size_t>(1 + blocks * kBlock));
  runs.push_back({inputs.texts.size(), swaps_of(blocks, index)});
  inputs.texts.push_back({text.name, "", {window}});
  for (const auto& swap : runs.back().swaps) {
    inputs.texts.push_back({text.name, "", {swapped(window, swap)}});
  }
}

/// What the last block of each run pays to each block.
class LastBlock final : public Visitor {
 public:
  LastBlock(size_t runs, int64_t layers)
      : masses_(runs * static_cast<size_t>(layers)), runs_(runs) {}

  void see(const AttentionView&) override {}

  void see_rows(const AttentionView& view, const ScoreSlab& slab) override {
    const auto T = view.k.size(1), end = slab.first_row + slab.pattern.size(1);
    const auto from = std::max(T - kBlock, slab.first_row);
    if (end <= from) return;
    const auto rows =
        exact_rows(view, at::arange(from, end, at::kLong)).pattern.narrow(2, 1, T - 1);
    const auto mass = rows.sum(1).unflatten(-1, {-1, kBlock}).sum(-1).cpu();
    auto& sum = masses_[place(view.layer, static_cast<size_t>(view.text))];
    sum = sum.defined() ? sum + mass : mass;
  }

  /// [H, 2]: on the two blocks of an exchange.
  at::Tensor on(const Swap& swap, int64_t layer, size_t run) const {
    const auto& mass = masses_[place(layer, run)];
    return at::stack({mass.select(1, swap.i), mass.select(1, swap.j)}, 1);
  }

 private:
  size_t place(int64_t layer, size_t run) const { return static_cast<size_t>(layer) * runs_ + run; }

  std::vector<at::Tensor> masses_;  // [layers, runs]: [H, blocks], float64
  size_t runs_;
};

/// Mean of cosines over exchanges, those left out where a vector is zero.
class MeanCosine {
 public:
  explicit MeanCosine(int64_t heads) : none_(at::zeros({heads}, at::kDouble)) {}

  void begin_text() {
    sums_.push_back(none_);
    counts_.push_back(none_);
  }
  void add(const at::Tensor& a, const at::Tensor& b) {
    const auto size = a.norm(2, -1) * b.norm(2, -1);
    const auto there = size > 0;
    auto &sum = sums_.back(), &count = counts_.back();
    sum = sum + at::where(there, (a * b).sum(-1) / size, at::zeros({}, size.options()));
    count = count + there;
  }
  Estimate estimate() const {  // [H]
    if (sums_.empty()) return {none_ / none_, none_ / none_};
    const auto sums = at::stack(sums_), counts = at::stack(counts_);
    const auto sum = sums.sum(0), count = counts.sum(0);
    return {sum / count, jackknife_error((sum - sums) / (count - counts))};
  }

 private:
  at::Tensor none_;                        // [H], zeros
  std::vector<at::Tensor> sums_, counts_;  // a text each, [H]
};

/// One of the two cosines in every layer.
struct Cosines {
  std::vector<at::Tensor> mean, error;

  void add(const MeanCosine& layer) {
    const auto estimate = layer.estimate();
    mean.push_back(estimate.mean);
    error.push_back(estimate.error);
  }
  void write(ProbeFile& file, const std::string& name) const {
    file.variables[name] = to_array({"layer", "head"}, at::stack(mean));
    file.variables[name + "_se"] = to_array({"layer", "head"}, at::stack(error));
  }
};

}  // namespace

void write_swaps(const MetricInput& input, ProbeFile& file) {
  Inputs inputs;
  std::vector<Runs> runs;
  for (size_t n = 0; n < input.inputs.texts.size(); ++n) {
    add_runs(input.inputs.texts[n], n, inputs, runs);
  }
  const auto& c = input.model.config();
  LastBlock seen(inputs.texts.size(), c.layers);
  WalkOptions walking;
  walking.visitor = &seen;
  walking.losses = false;
  walk(input.model, inputs, walking);
  Cosines place, content;
  for (int64_t l = 0; l < c.layers; ++l) {
    MeanCosine stays(c.heads), goes(c.heads);
    for (const auto& text : runs) {
      stays.begin_text();
      goes.begin_text();
      for (size_t s = 0; s < text.swaps.size(); ++s) {
        const auto before = seen.on(text.swaps[s], l, text.clean);
        const auto after = seen.on(text.swaps[s], l, text.clean + 1 + s);
        stays.add(after, before);
        goes.add(after, before.flip(-1));
      }
    }
    place.add(stays);
    content.add(goes);
  }
  place.write(file, "metrics/s_pos");
  content.write(file, "metrics/s_sym");
}

}  // namespace ww
