#include "probes/ablate/plan.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/check.hpp"
#include "base/text.hpp"
#include "probes/ablate/acted.hpp"

namespace ww {

namespace {

constexpr int64_t kMostControls = 1'000;

Sides sides_of(const std::string& side) {
  if (side == "both") return Sides::both;
  if (side == "query") return Sides::query;
  check(side == "key", "--side must be both, query or key but got '{}'", side);
  return Sides::key;
}

std::vector<Intervention> interventions_of(const AblateOptions& options) {
  check(!options.interventions.empty(), "--interventions names none");
  const auto sides = sides_of(options.side);
  std::vector<Intervention> all;
  for (const auto& name : options.interventions) {
    const auto& row = intervention_row(name);
    const auto same = [&](const Intervention& other) { return other.row == &row; };
    check(std::ranges::none_of(all, same), "--interventions names {} twice", name);
    check(sides == Sides::both || row.one_side,
          "{} changes pairs of queries and keys; it can't be done with --side {}",
          name,
          options.side);
    all.push_back({&row, sides, options.factor, options.seed});
  }
  return all;
}

std::vector<int64_t> layers_of(const std::string& text, int64_t count) {
  std::vector<int64_t> layers;
  if (text == "all") return layers;
  if (text == "each") {
    for (int64_t l = 0; l < count; ++l) layers.push_back(l);
    return layers;
  }
  check(!text.empty(), "--layers must be all, each, or layers as 0,3 but names none");
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto layer = parse_integer(part, "--layers");
    check(layer >= 0 && layer < count,
          "--layers: the model has layers 0 to {} but got {}",
          count - 1,
          layer);
    layers.push_back(layer);
  }
  std::ranges::sort(layers);
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return layers;
}

}  // namespace

int64_t Plan::passes(int64_t heads_of_a_layer) const {
  const auto n = static_cast<int64_t>(interventions.size());
  size_t chunks = 0;
  for (const auto& band : bands) chunks += band.size();
  int64_t of_cells = 0;
  for (const auto& cell : cells) {
    const bool beside = controls > 0 && 2 * bands[static_cast<size_t>(cell.band)].size() <= chunks;
    of_cells += 1 + (beside ? controls + 1 : 0);
  }
  const auto by_head = heads ? static_cast<int64_t>(layers.size()) * heads_of_a_layer : 0;
  return n * (1 + of_cells + by_head);
}

Plan make_plan(const AblateOptions& options, const Decoder& model) {
  check(options.bands >= 1, "--bands must be at least 1 but got {}", options.bands);
  check(options.controls >= 0 && options.controls <= kMostControls,
        "--controls must be from 0 to {} but got {}",
        kMostControls,
        options.controls);
  check(options.screen >= 0, "--screen must not be negative but got {}", options.screen);
  check(std::isfinite(static_cast<float>(options.factor)),
        "--factor must be a number of float32 but got {}",
        options.factor);
  Plan plan;
  plan.interventions = interventions_of(options);
  plan.layers = layers_of(options.layers, model.config().layers);
  check(!options.heads || !plan.layers.empty(),
        "--heads each needs --layers each, or a list of layers");
  check(options.screen == 0 || !plan.layers.empty(),
        "--screen chooses among bands of layers: it needs --layers each, or a list of layers");
  check(options.screen == 0 || has_frequencies(model.config()),
        "--screen chooses among frequencies, which the encoding '{}' has not; leave it out",
        model.config().encoding);
  const auto theta = acted_theta(model, 0);
  const auto most_bands = std::max(theta.numel(), kUsualBands);
  check(options.bands <= most_bands,
        "--bands must be from 1 to {}: the model has {} frequencies; but got {}",
        most_bands,
        theta.numel(),
        options.bands);
  plan.bands = make_bands(theta, options.bands);
  plan.controls = plan.bands.size() > 1 ? options.controls : 0;
  plan.heads = options.heads;
  const auto cells = static_cast<int64_t>(plan.layers.size() * plan.bands.size());
  check(options.screen == 0 || options.screen <= cells,
        "--screen must be from 0 to {}, the bands of the layers, but got {}",
        cells,
        options.screen);
  for (const auto layer : plan.layers) {
    for (size_t b = 0; b < plan.bands.size(); ++b) {
      plan.cells.push_back({layer, static_cast<int64_t>(b)});
    }
  }
  return plan;
}

void screen(Plan& plan, const at::Tensor& gradient, int64_t most) {
  const auto weight = [&](const Cell& cell) {
    const auto chunks = at::tensor(plan.bands[static_cast<size_t>(cell.band)], at::kLong);
    return std::abs(gradient[cell.layer].index_select(-1, chunks).sum().item<double>());
  };
  std::ranges::stable_sort(plan.cells, std::greater{}, weight);
  if (static_cast<size_t>(most) < plan.cells.size()) plan.cells.resize(static_cast<size_t>(most));
  std::ranges::stable_sort(
      plan.cells, {}, [](const Cell& c) { return std::pair(c.layer, c.band); });
}

}  // namespace ww
