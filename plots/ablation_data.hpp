// ablation_data.hpp: what interventions cost, from a probe file: groups of bars by target.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "plots/probe_values.hpp"

namespace ww {

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// Loss with an intervention minus loss without, nats a prediction; NaN: not measured.
struct LossBar {
  size_t intervention = 0;
  double value = kNotMeasured;
  double low = kNotMeasured, high = kNotMeasured;        // its 95 % interval
  double random = kNotMeasured, matched = kNotMeasured;  // the same on as many other chunks
};

/// "6.3-40" (tokens), "theta = 0", or the band's number where its wavelengths are not known.
std::string band_label(const NamedProbe& probe, size_t band);

/// Of one band in one layer; not measured where the file has nothing.
LossBar band_loss(const NamedProbe& probe, size_t intervention, size_t layer, size_t band);

struct LossGroup {
  std::string label;  // the target: a band's wavelengths, a head
  std::vector<LossBar> bars;
};

enum class LossTarget { all_layers, bands, heads };

struct LossPanel {
  LossTarget target = LossTarget::bands;
  size_t layer = 0;  // of bands and heads
  std::vector<LossGroup> groups;
};

struct Ablation {
  ProbeAbout about;
  std::vector<std::string> interventions;
  std::vector<LossPanel> panels;  // without those in which nothing was measured
  bool has_random = false, has_matched = false;
};

/// Of all layers, or of one. Throws InputError where nothing was measured, or not in that layer, or
/// where losses by band and by head are not of the same layers.
Ablation ablation_of(const NamedProbe& probe, std::optional<size_t> layer);

/// A sentence on files of few texts, whose intervals are too narrow; empty where there are none.
std::string few_texts_note(const std::vector<ProbeAbout>& files);
/// The range that curves were averaged over, then few_texts_note(): what losses hold for.
std::string validity_note(const std::vector<ProbeAbout>& files);

/// Of how many layers something was measured by themselves.
size_t layers_measured(const Ablation& ablation);

/// Losses by layer and column; no columns where none was measured.
struct LossTable {
  std::vector<std::string> columns;  // their names
  std::vector<LossBar> cells;        // [L, columns]
};

/// One intervention's, layer by layer.
struct LayerLosses {
  std::string intervention;
  size_t layers = 0;  // L
  LossTable bands, heads;
};

/// Of every intervention of which some layer was measured. Throws as ablation_of().
std::vector<LayerLosses> layer_losses(const NamedProbe& probe);

}  // namespace ww
