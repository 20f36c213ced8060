#include "plots/ablation_data.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "plots/axis.hpp"

namespace ww {

namespace {

double value_or_none(const NamedProbe& probe,
                     const std::string& name,
                     std::initializer_list<size_t> place) {
  const auto* const array = find_array(probe, "ablation/" + name);
  return array == nullptr ? kNotMeasured : value_at(*array, place);
}

size_t size_of(const NamedProbe& probe, const std::string& name, size_t axis) {
  const auto* const array = find_array(probe, "ablation/" + name);
  return array == nullptr ? 0 : array->shape.at(axis);
}

/// Throws InputError where losses by band and by head are not of the same layers.
size_t layers_of(const NamedProbe& probe) {
  const size_t by_band = size_of(probe, "delta_loss", 1);
  const size_t by_head = size_of(probe, "delta_loss_head", 1);
  check(by_band == 0 || by_head == 0 || by_band == by_head,
        "{}: losses by band are of {} layers, those by head of {}; is it a whole file?",
        probe.name,
        by_band,
        by_head);
  return std::max(by_band, by_head);
}

bool measured(const LossPanel& panel) {
  return std::ranges::any_of(panel.groups, [](const auto& group) {
    return std::ranges::any_of(group.bars,
                               [](const auto& bar) { return std::isfinite(bar.value); });
  });
}

std::string length(double tokens) {
  if (std::isinf(tokens)) return "\u221e";
  return fmt::format("{:.{}f}", tokens, tokens < 9.95 ? 1 : 0);
}

LossBar head_loss(const NamedProbe& probe, size_t intervention, size_t layer, size_t head) {
  LossBar bar{.intervention = intervention};
  bar.value = value_or_none(probe, "delta_loss_head", {intervention, layer, head});
  return bar;
}

/// One bar a group: the intervention's name stands beneath it.
LossPanel all_layers(const NamedProbe& probe, const std::vector<std::string>& interventions) {
  LossPanel panel{LossTarget::all_layers, 0, {}};
  for (size_t i = 0; i < interventions.size(); ++i) {
    LossBar bar{.intervention = i, .value = value_or_none(probe, "total_delta_loss", {i})};
    bar.low = value_or_none(probe, "total_delta_loss_ci_low", {i});
    bar.high = value_or_none(probe, "total_delta_loss_ci_high", {i});
    panel.groups.push_back({interventions[i], {bar}});
  }
  return panel;
}

LossPanel by_band(const NamedProbe& probe, size_t interventions, size_t layer) {
  LossPanel panel{LossTarget::bands, layer, {}};
  for (size_t b = 0; b < size_of(probe, "delta_loss", 2); ++b) {
    auto& group = panel.groups.emplace_back(LossGroup{band_label(probe, b), {}});
    for (size_t i = 0; i < interventions; ++i) {
      group.bars.push_back(band_loss(probe, i, layer, b));
    }
  }
  return panel;
}

LossPanel by_head(const NamedProbe& probe, size_t interventions, size_t layer) {
  LossPanel panel{LossTarget::heads, layer, {}};
  for (size_t h = 0; h < size_of(probe, "delta_loss_head", 2); ++h) {
    auto& group = panel.groups.emplace_back(LossGroup{fmt::format("{}", h), {}});
    for (size_t i = 0; i < interventions; ++i) {
      group.bars.push_back(head_loss(probe, i, layer, h));
    }
  }
  return panel;
}

/// By `loss` of a layer and column; empty where it measured nothing.
template <typename Loss>
LossTable table_of(size_t layers, std::vector<std::string> columns, const Loss& loss) {
  LossTable table{std::move(columns), {}};
  bool any = false;
  for (size_t l = 0; l < layers; ++l) {
    for (size_t c = 0; c < table.columns.size(); ++c) {
      table.cells.push_back(loss(l, c));
      any = any || std::isfinite(table.cells.back().value);
    }
  }
  return any ? table : LossTable{};
}

/// Drops what was not measured, so that it takes no room.
void tidy(LossPanel& panel) {
  for (auto& group : panel.groups) {
    std::erase_if(group.bars, [](const auto& bar) { return !std::isfinite(bar.value); });
  }
}

}  // namespace

std::string band_label(const NamedProbe& probe, size_t band) {
  const double low = value_or_none(probe, "band_wavelength_low", {band});
  const double high = value_or_none(probe, "band_wavelength_high", {band});
  if (std::isnan(low) || std::isnan(high)) return fmt::format("{}", band);
  if (std::isinf(low)) return "\u03b8 = 0";
  return low == high ? length(low) : length(low) + "\u2013" + length(high);
}

LossBar band_loss(const NamedProbe& probe, size_t intervention, size_t layer, size_t band) {
  const auto of = [&](const char* name) {
    return value_or_none(probe, name, {intervention, layer, band});
  };
  return {intervention,
          of("delta_loss"),
          of("delta_loss_ci_low"),
          of("delta_loss_ci_high"),
          of("delta_loss_random"),
          of("delta_loss_matched")};
}

Ablation ablation_of(const NamedProbe& probe, std::optional<size_t> layer) {
  Ablation ablation{about(probe), probe.file.strings.at("ablation/intervention"), {}};
  const size_t count = ablation.interventions.size();
  const auto add = [&](LossPanel panel) {
    if (!measured(panel)) return;
    tidy(panel);
    for (const auto& group : panel.groups) {
      for (const auto& bar : group.bars) {
        ablation.has_random = ablation.has_random || std::isfinite(bar.random);
        ablation.has_matched = ablation.has_matched || std::isfinite(bar.matched);
      }
    }
    ablation.panels.push_back(std::move(panel));
  };
  if (!layer) add(all_layers(probe, ablation.interventions));
  const size_t layers = layers_of(probe);
  for (size_t l = 0; l < layers; ++l) {
    if (layer && *layer != l) continue;
    add(by_band(probe, count, l));
    add(by_head(probe, count, l));
  }
  check(
      !ablation.panels.empty(),
      "{}: no loss was measured{}; there is nothing to draw",
      probe.name,
      layer ? fmt::format(" with an intervention in layer {}", *layer) : " under an intervention");
  return ablation;
}

std::string few_texts_note(const std::vector<ProbeAbout>& files) {
  const auto few = [](const ProbeAbout& file) {
    return file.texts > 0 && static_cast<size_t>(file.texts) < kFewTexts;
  };
  if (std::ranges::none_of(files, few)) return "";
  return fmt::format(" Intervals of fewer than {} texts are too narrow.", kFewTexts);
}

std::string validity_note(const std::vector<ProbeAbout>& files) {
  std::vector<std::string> last;
  for (const auto& file : files) {
    if (file.averaged_offsets > 0) last.push_back(with_commas(file.averaged_offsets - 1));
  }
  const bool alike = std::ranges::adjacent_find(last, std::not_equal_to{}) == last.end();
  if (alike && !last.empty()) last.resize(1);
  const auto range = last.empty() ? ""
                                  : fmt::format(" Curves averaged over offsets 0 to {}{}.",
                                                fmt::join(last, "; "),
                                                alike ? "" : " in turn");
  return range + few_texts_note(files);
}

size_t layers_measured(const Ablation& ablation) {
  std::set<size_t> layers;
  for (const auto& panel : ablation.panels) {
    if (panel.target != LossTarget::all_layers) layers.insert(panel.layer);
  }
  return layers.size();
}

std::vector<LayerLosses> layer_losses(const NamedProbe& probe) {
  const size_t layers = layers_of(probe);
  std::vector<std::string> bands, heads;
  for (size_t b = 0; b < size_of(probe, "delta_loss", 2); ++b) {
    bands.push_back(band_label(probe, b));
  }
  for (size_t h = 0; h < size_of(probe, "delta_loss_head", 2); ++h) {
    heads.push_back(fmt::format("{}", h));
  }
  const auto& names = probe.file.strings.at("ablation/intervention");
  std::vector<LayerLosses> all;
  for (size_t i = 0; i < names.size(); ++i) {
    LayerLosses losses{names[i], layers, {}, {}};
    losses.bands =
        table_of(layers, bands, [&](size_t l, size_t b) { return band_loss(probe, i, l, b); });
    losses.heads =
        table_of(layers, heads, [&](size_t l, size_t h) { return head_loss(probe, i, l, h); });
    if (losses.bands.columns.empty() && losses.heads.columns.empty()) continue;
    all.push_back(std::move(losses));
  }
  return all;
}

}  // namespace ww
