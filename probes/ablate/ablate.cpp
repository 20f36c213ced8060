#include "probes/ablate/ablate.hpp"

#include <ATen/TensorOperators.h>

#include <numbers>

#include "base/check.hpp"
#include "probes/ablate/acted.hpp"
#include "probes/ablate/gates.hpp"
#include "probes/ablate/plan.hpp"
#include "probes/ablate/runner.hpp"
#include "probes/ablate/table.hpp"
#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

class Ablation {
 public:
  Ablation(const AblateOptions& options, Probed& probed, const AblateProgress& progress)
      : options_(options),
        probed_(probed),
        file_(probed.file),
        progress_(progress),
        clean_losses_(probed.statistics.losses),
        references_(probed.statistics),
        clean_{probed.loaded.model,
               references_,
               options.range > 0 ? options.range : probed.statistics.longest},
        plan_(make_plan(options, probed.loaded.model)) {}

  AblateReport run() {
    if (options_.screen > 0) screen_cells();
    passes_ = plan_.passes(probed_.loaded.model.config().heads);
    write_coordinates();
    Runner runner(probed_.loaded.model, probed_.inputs);
    run_totals(runner);
    if (!plan_.layers.empty()) run_layers(runner);
    return {
        report_of(probed_), averages() ? clean_.range : 0, std::move(totals_), head_correlations()};
  }

 private:
  /// Q of every head that ran, over the longest range, beside what each intervention costs there.
  std::vector<HeadCorrelation> head_correlations() const {
    const auto share = file_.variables.find("metrics/share_quadrature");
    if (!plan_.heads || share == file_.variables.end()) return {};
    const auto H = static_cast<size_t>(probed_.loaded.model.config().heads);
    const auto& q = share->second.values;                                       // [o, L, H]
    const auto& costs = file_.variables.at("ablation/delta_loss_head").values;  // [i, L, H]
    std::vector<HeadCorrelation> all;
    for (size_t i = 0; i < plan_.interventions.size(); ++i) {
      std::vector<double> shares, prices;
      for (const auto layer : plan_.layers) {
        for (size_t h = 0; h < H; ++h) {
          const auto head = static_cast<size_t>(layer) * H + h;
          shares.push_back(q[q.size() - layers() * H + head]);
          prices.push_back(costs[i * layers() * H + head]);
        }
      }
      const auto found = correlation_of(shares, prices, options_.seed);
      all.push_back(
          {plan_.interventions[i].row->name, found.rho, found.low, found.high, shares.size()});
    }
    return all;
  }

  using Dims = std::vector<std::string>;

  size_t layers() const { return probed_.statistics.layers.size(); }
  size_t texts() const { return clean_losses_.size(); }

  /// One pass over the texts: which intervention, and where.
  struct Trial {
    size_t intervention;
    Target target;
  };

  /// Of each trial the losses of each text.
  std::vector<std::vector<TextLoss>> run_trials(const Runner& runner,
                                                const std::vector<Trial>& trials) {
    std::vector<std::vector<TextLoss>> losses;
    constexpr size_t kTogether = 16;  // so that progress is seen
    for (size_t first = 0; first < trials.size(); first += kTogether) {
      std::vector<ScoreEditor> edits;
      for (size_t i = first; i < std::min(first + kTogether, trials.size()); ++i) {
        const auto& intervention = plan_.interventions[trials[i].intervention];
        edits.push_back(make_editor(clean_, intervention, trials[i].target));
      }
      for (auto& found : runner.losses(edits)) losses.push_back(std::move(found));
      done_ += static_cast<int64_t>(edits.size());
      if (progress_) progress_(done_, passes_);
    }
    return losses;
  }

  bool averages() const {
    return std::ranges::any_of(plan_.interventions,
                               [](const auto& each) { return each.row->averages; });
  }

  void screen_cells() {
    const auto gradient = gate_gradient(probed_.loaded.model, probed_.inputs);
    file_.variables["ablation/gate_gradient"] = to_array({"layer", "head", "frequency"}, gradient);
    screen(plan_, gradient, options_.screen);
  }

  void write_coordinates() {
    auto& names = file_.strings["ablation/intervention"];
    for (const auto& intervention : plan_.interventions) names.push_back(intervention.row->name);
    const std::vector<double> ranges(names.size(), static_cast<double>(clean_.range));
    file_.variables["ablation/averaged_offsets"] = {{"intervention"}, {ranges.size()}, ranges};
    if (plan_.cells.empty()) return;
    const auto theta = acted_theta(probed_.loaded.model, 0);
    Array low{{"band"}, {plan_.bands.size()}, {}}, high = low;
    for (const auto& band : plan_.bands) {
      const auto wave = [&](int64_t c) { return 2 * std::numbers::pi / theta[c].item<double>(); };
      low.values.push_back(wave(band.front()));
      high.values.push_back(wave(band.back()));
    }
    file_.variables["ablation/band"] = counted("band", static_cast<int64_t>(plan_.bands.size()));
    file_.variables["ablation/band_wavelength_low"] = std::move(low);
    file_.variables["ablation/band_wavelength_high"] = std::move(high);
  }

  void run_totals(const Runner& runner) {
    const auto n = plan_.interventions.size();
    const Dims dims = {"intervention"};
    Table mean(file_, "total_delta_loss", dims, {n}),
        low(file_, "total_delta_loss_ci_low", dims, {n}),
        high(file_, "total_delta_loss_ci_high", dims, {n}),
        error(file_, "total_delta_loss_se", dims, {n}),
        each(file_, "total_delta_loss_text", {"intervention", "text"}, {n, texts()});
    std::vector<Trial> trials;
    for (size_t i = 0; i < n; ++i) trials.push_back({i, {}});
    const auto found = run_trials(runner, trials);
    for (size_t i = 0; i < n; ++i) {
      const auto& intervention = plan_.interventions[i];
      const auto effect = effect_of(clean_losses_, found[i], options_.seed);
      const auto at = static_cast<int64_t>(i);
      mean.set({at}, effect.mean);
      low.set({at}, effect.low);
      high.set({at}, effect.high);
      error.set({at}, effect.error);
      for (size_t t = 0; t < texts(); ++t) each.set({at, int64_t(t)}, effect.texts[t]);
      totals_.emplace_back(intervention.row->name, effect);
    }
  }

  void run_layers(Runner& runner) {
    make_cell_tables();
    auto cell = plan_.cells.begin();
    for (const auto layer : plan_.layers) {
      while (runner.layer() < layer) runner.advance();
      for (; cell != plan_.cells.end() && cell->layer == layer; ++cell) run_cell(runner, *cell);
      if (plan_.heads) run_heads(runner, layer);
    }
  }

  void make_cell_tables() {
    const auto n = plan_.interventions.size(), B = plan_.bands.size();
    const Dims ilb = {"intervention", "layer", "band"};
    const std::vector<size_t> shape = {n, layers(), B};
    if (!plan_.cells.empty()) {
      for (const auto* const name : {"", "_ci_low", "_ci_high", "_se", "_random", "_matched"}) {
        cells_.emplace(name, Table(file_, std::string("delta_loss") + name, ilb, shape));
      }
      cells_.emplace("_text",
                     Table(file_,
                           "delta_loss_text",
                           {"intervention", "layer", "band", "text"},
                           {n, layers(), B, texts()}));
    }
    if (!plan_.heads) return;
    const auto H = static_cast<size_t>(probed_.loaded.model.config().heads);
    cells_.emplace(
        "_head",
        Table(file_, "delta_loss_head", {"intervention", "layer", "head"}, {n, layers(), H}));
  }

  void set(const char* table, std::initializer_list<int64_t> place, double value) {
    cells_.at(table).set(place, value);
  }

  void run_cell(const Runner& runner, const Cell& cell) {
    const auto& band = plan_.bands[static_cast<size_t>(cell.band)];
    const auto beside = plan_.controls > 0 ? controls_of(cell) : std::vector<Band>{};
    std::vector<Trial> trials;
    for (size_t i = 0; i < plan_.interventions.size(); ++i) {
      trials.push_back({i, {cell.layer, band, -1}});
      for (const auto& control : beside) trials.push_back({i, {cell.layer, control, -1}});
    }
    const auto found = run_trials(runner, trials);
    for (size_t i = 0; i < plan_.interventions.size(); ++i) {
      const auto of = [&](size_t k) -> const auto& { return found[i * (1 + beside.size()) + k]; };
      write_cell(cell, static_cast<int64_t>(i), of(0));
      if (beside.empty()) continue;
      set("_matched", {int64_t(i), cell.layer, cell.band}, mean_effect(clean_losses_, of(1)));
      double random = 0;
      for (size_t k = 2; k <= beside.size(); ++k) random += mean_effect(clean_losses_, of(k));
      set("_random",
          {int64_t(i), cell.layer, cell.band},
          random / static_cast<double>(plan_.controls));
    }
  }

  void write_cell(const Cell& cell, int64_t i, const std::vector<TextLoss>& losses) {
    const auto effect = effect_of(clean_losses_, losses, options_.seed);
    set("", {i, cell.layer, cell.band}, effect.mean);
    set("_ci_low", {i, cell.layer, cell.band}, effect.low);
    set("_ci_high", {i, cell.layer, cell.band}, effect.high);
    set("_se", {i, cell.layer, cell.band}, effect.error);
    for (size_t t = 0; t < texts(); ++t) {
      set("_text", {i, cell.layer, cell.band, int64_t(t)}, effect.texts[t]);
    }
  }

  /// As many chunks that are not chosen for where they are: those of like usage, then random ones.
  /// None for more than half of the chunks: nothing of its size is beside it.
  std::vector<Band> controls_of(const Cell& cell) const {
    const auto& band = plan_.bands[static_cast<size_t>(cell.band)];
    const auto usage =
        usage_weights({probed_.loaded.model, probed_.inputs, probed_.statistics}, cell.layer)
            .mean(0);  // [F]
    std::vector<Band> all = {matched_band(band, usage)};
    if (all.front().empty()) return {};
    for (int64_t draw = 0; draw < plan_.controls; ++draw) {
      const auto index = (cell.layer * 1000 + cell.band) * 1000 + draw;
      all.push_back(random_band(band, usage.numel(), options_.seed, static_cast<uint64_t>(index)));
    }
    return all;
  }

  void run_heads(const Runner& runner, int64_t layer) {
    const auto H = static_cast<size_t>(probed_.loaded.model.config().heads);
    std::vector<Trial> trials;
    for (size_t i = 0; i < plan_.interventions.size(); ++i) {
      for (size_t h = 0; h < H; ++h) trials.push_back({i, {layer, {}, int64_t(h)}});
    }
    const auto found = run_trials(runner, trials);
    for (size_t n = 0; n < trials.size(); ++n) {
      const double cost = mean_effect(clean_losses_, found[n]);
      set("_head", {int64_t(trials[n].intervention), layer, trials[n].target.head}, cost);
    }
  }

  const AblateOptions& options_;
  Probed& probed_;
  ProbeFile& file_;
  const AblateProgress& progress_;
  const std::vector<TextLoss>& clean_losses_;
  References references_;
  CleanPass clean_;
  Plan plan_;
  std::map<std::string, Table> cells_;  // by what follows "delta_loss"
  std::vector<std::pair<std::string, Effect>> totals_;
  int64_t done_ = 0, passes_ = 0;
};

}  // namespace

AblateReport ablate(const AblateOptions& options,
                    const ProbeProgress& clean_progress,
                    const AblateProgress& progress) {
  constexpr int64_t kLongestRange = 1 << 20;  // offsets: curves over all of them are held at once
  check(options.range >= 0 && options.range <= kLongestRange,
        "--range must be from 0 to {} but got {}",
        kLongestRange,
        options.range);
  auto probing = options.probe;
  if (std::ranges::find(probing.metrics, "loss") == probing.metrics.end())
    probing.metrics.emplace_back("loss");  // what interventions are held against
  probing.every_row = true;                // to the last bit
  const auto before = [&](const Loaded& loaded, const Inputs& inputs) {
    check(inputs.texts.size() >= 2,
          "an ablation needs two texts: what stands in for a text's content is that of the others");
    make_plan(options, loaded.model);
  };
  auto probed = run_probe(probing, clean_progress, before);
  auto report = Ablation(options, probed, progress).run();
  write_probe_file(options.probe.out, probed.file);
  return report;
}

}  // namespace ww
