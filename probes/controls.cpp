#include "probes/controls.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/philox.hpp"
#include "probes/arrays.hpp"
#include "probes/metrics/decomposition_file.hpp"

namespace ww {

namespace {

constexpr uint64_t kSeed = 1;  // of every draw

/// The same architecture, its parameters drawn anew.
ControlPass init(const ProbeOptions&, const Probed& probed, const CollectOptions& collecting) {
  const auto& model = probed.loaded.model;
  ControlPass pass;
  pass.model.emplace(model.config(), model.options());
  pass.model->parameters().initialise(kSeed, model.config().width, model.config().layers);
  pass.statistics = collect(*pass.model, probed.inputs, collecting);
  return pass;
}

ControlPass words(const ProbeOptions& options,
                  const Probed& probed,
                  const CollectOptions& collecting) {
  const auto inputs = read_shuffled(options.input, probed.loaded, options.checkpoint, kSeed);
  return {std::nullopt, collect(probed.loaded.model, inputs, collecting)};
}

ControlPass tokens(const ProbeOptions&, const Probed& probed, const CollectOptions& collecting) {
  auto inputs = probed.inputs;
  uint64_t drawn = 0;
  const auto V = static_cast<double>(probed.loaded.model.config().vocabulary);
  for (auto& text : inputs.texts) {
    for (auto& window : text.windows) {
      for (size_t t = inputs.bos_added ? 1 : 0; t < window.ids.size(); ++t) {
        window.ids[t] = static_cast<int32_t>(uniform_at(kSeed, fnv32("tokens"), drawn++) * V);
      }
    }
  }
  return {std::nullopt, collect(probed.loaded.model, inputs, collecting)};
}

/// Usage of value vectors, paired as keys are: nothing turns them, so no bands are expected.
ControlPass values(const ProbeOptions&, const Probed& probed, const CollectOptions& collecting) {
  auto options = collecting;
  options.values = true;
  options.moments = options.losses = false;
  ControlPass pass{std::nullopt, collect(probed.loaded.model, probed.inputs, options)};
  for (auto& layer : pass.statistics.layers) {
    layer.key = layer.value;
    layer.query.clear();
  }
  return pass;
}

at::Tensor layer_means(const Statistics& statistics,
                       std::vector<UsageSums> LayerStatistics::*side,
                       Averaging averaging) {
  std::vector<at::Tensor> layers;
  for (const auto& layer : statistics.layers) {
    const auto& texts = layer.*side;
    layers.push_back(texts.empty() ? at::Tensor() : mean_norm(texts, averaging).mean(0));
  }
  return layers.front().defined() ? at::stack(layers) : at::Tensor();
}

/// What one control adds to each of the variables.
struct ControlNumbers {
  std::vector<at::Tensor> query, key, share;
  std::vector<double> loss;
};

void add_numbers(ControlNumbers& numbers,
                 const Probed& probed,
                 const ControlPass& pass,
                 Averaging averaging) {
  const auto& model = pass.model ? *pass.model : probed.loaded.model;
  const auto key = layer_means(pass.statistics, &LayerStatistics::key, averaging);
  const auto query = layer_means(pass.statistics, &LayerStatistics::query, averaging);
  numbers.key.push_back(key);
  numbers.query.push_back(query.defined() ? query : at::full_like(key, kNone));
  const bool measured = query.defined() && scope_of(model) >= Scope::offsets;
  numbers.share.push_back(
      measured ? quadrature_shares({model, probed.inputs, pass.statistics, averaging})
               : at::full({key.size(0)}, kNone, at::kDouble));
  numbers.loss.push_back(pooled(pass.statistics.losses).mean());
}

}  // namespace

const std::vector<ControlRow>& controls() {
  static const std::vector<ControlRow> table = {
      {"init", "the same architecture with random parameters", init},
      {"words", "the words of each text shuffled", words},
      {"tokens", "uniformly random ids", tokens},
      {"values", "value vectors, paired as keys are", values},
  };
  return table;
}

std::vector<ControlRow> chosen_controls(const std::vector<std::string>& names) {
  std::vector<ControlRow> chosen;
  for (const auto& name : names) {
    check(std::ranges::count(names, name) == 1, "--control names {} twice", name);
    const auto row =
        std::ranges::find_if(controls(), [&](const auto& r) { return r.name == name; });
    if (row == controls().end()) {
      std::string known;
      for (const auto& r : controls())
        known += fmt::format("{}{}", known.empty() ? "" : ", ", r.name);
      refuse("unknown control '{}'; choose from {}", name, known);
    }
    chosen.push_back(*row);
  }
  return chosen;
}

void add_controls(ProbeFile& file,
                  const ProbeOptions& options,
                  const Probed& probed,
                  const std::vector<ControlRow>& chosen) {
  if (chosen.empty()) return;
  const bool macro = options.averaging == "macro";
  CollectOptions collecting;
  collecting.include_position0 = options.include_position0;
  collecting.macro = macro;
  collecting.moments = true;
  collecting.losses = true;
  ControlNumbers numbers;
  for (const auto& row : chosen) {
    file.strings["control/control"].push_back(row.name);
    add_numbers(numbers,
                probed,
                row.run(options, probed, collecting),
                macro ? Averaging::macro : Averaging::micro);
  }
  const std::vector<std::string> clf = {"control", "layer", "frequency"};
  file.variables["control/query_norm_mean"] = to_array(clf, at::stack(numbers.query));
  file.variables["control/key_norm_mean"] = to_array(clf, at::stack(numbers.key));
  file.variables["control/quadrature_share"] =
      to_array({"control", "layer"}, at::stack(numbers.share));
  file.variables["control/loss"] = to_array({"control"}, at::tensor(numbers.loss, at::kDouble));
}

}  // namespace ww
