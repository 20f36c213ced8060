#include "probes/probe.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "models/device.hpp"
#include "probes/controls.hpp"
#include "probes/identity.hpp"
#include "probes/metrics.hpp"
#include "probes/selfcheck.hpp"
#include "probes/usage_file.hpp"

namespace ww {

namespace {

constexpr double kLayoutGainLimit = 0.05;  // nats per token

Averaging averaging_of(const std::string& name) {
  check(
      name == "micro" || name == "macro", "--averaging must be micro or macro but got '{}'", name);
  return name == "micro" ? Averaging::micro : Averaging::macro;
}

/// Refuses where the rebuilt logits of any layer, or the layout, show that something was misread.
void check_statistics(const Statistics& statistics, double layout_gain, bool trust_layout) {
  for (size_t l = 0; l < statistics.layers.size(); ++l) {
    check(
        statistics.layers[l].logit_error <= kLogitErrorLimit,
        "self-check: layer {}: logits off by {:.2g} of their bound (limit {:.0e}); nothing written",
        l,
        statistics.layers[l].logit_error,
        kLogitErrorLimit);
  }
  check(layout_gain <= kLayoutGainLimit || trust_layout,
        "self-check: with pairs in the other layout the loss is {:.2f} nats/token lower (limit "
        "{:.2f}); nothing written; --trust-layout overrides",
        layout_gain,
        kLayoutGainLimit);
}

Loaded load_for_probe(const ProbeOptions& options) {
  const auto device = choose_device(options.device);
  auto loaded = load_checkpoint(
      options.checkpoint, {at::TensorOptions(at::kFloat).device(device), options.allow_unused});
  check(loaded.model.encoding(0).theta().defined(),
        "{}: its encoding '{}' has no frequencies to measure; probe a model with rope or pope",
        options.checkpoint.string(),
        loaded.model.config().encoding);
  return loaded;
}

/// How much lower the loss of the opening is with pairs in the other layout; 0 where that is
/// no question.
double layout_gain(const Decoder& model, const Inputs& inputs, const Opening& opening) {
  const auto& ids = inputs.texts.front().windows.front().ids;
  const double other = other_layout_loss(model, {ids.begin(), ids.begin() + opening.tokens});
  return std::isnan(other) ? 0 : opening.loss - other;
}

/// What must be collected for the chosen metrics.
CollectOptions collect_options(const ProbeOptions& options, const std::vector<MetricRow>& chosen) {
  CollectOptions collecting;
  collecting.include_position0 = options.include_position0;
  collecting.macro = options.averaging == "macro";
  for (const auto& row : chosen) {
    collecting.moments |= (row.needs & kMoments) != 0;
    collecting.patterns |= (row.needs & kPatterns) != 0;
    collecting.losses |= (row.needs & kLosses) != 0;
  }
  return collecting;
}

}  // namespace

Probed run_probe(const ProbeOptions& options, const ProbeProgress& progress) {
  const auto averaging = averaging_of(options.averaging);
  const auto chosen = chosen_metrics(options.metrics);
  const auto controlled = chosen_controls(options.controls);
  check(options.train_length >= 0,
        "--train-length must not be negative but got {}",
        options.train_length);
  auto loaded = load_for_probe(options);
  auto inputs = read_inputs(options.input, loaded, options.checkpoint);
  const auto& model = loaded.model;
  auto statistics = collect(model, inputs, collect_options(options, chosen), progress);
  const double gain = layout_gain(model, inputs, statistics.opening);
  check_statistics(statistics, gain, options.trust_layout);
  ProbeFile file;
  add_identity(file, options, loaded, inputs);
  add_provenance(file, options, loaded, statistics, gain);
  add_usage(file, model, inputs, statistics, averaging);
  const auto known = model.config().train_length;
  const auto train_length = options.train_length > 0 ? options.train_length : known;
  for (const auto& row : chosen) row.write({model, statistics, averaging, train_length}, file);
  Probed probed{std::move(loaded), std::move(inputs), std::move(statistics), std::move(file)};
  add_controls(probed.file, options, probed, controlled);
  return probed;
}

ProbeReport report_of(const Statistics& statistics) {
  ProbeReport report;
  const auto all = pooled(statistics.losses);
  report.texts = static_cast<int64_t>(statistics.losses.size());
  report.tokens = all.tokens;
  const bool whole = all.predictions > 0;
  report.loss = whole ? all.mean() : statistics.opening.loss;
  report.loss_tokens = whole ? all.tokens : statistics.opening.tokens;
  for (const auto& layer : statistics.layers) {
    report.logit_error = std::max(report.logit_error, layer.logit_error);
  }
  return report;
}

ProbeReport probe(const ProbeOptions& options, const ProbeProgress& progress) {
  const auto probed = run_probe(options, progress);
  write_probe_file(options.out, probed.file);
  return report_of(probed.statistics);
}

}  // namespace ww
