#include "probes/probe.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/files.hpp"
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
void check_statistics(const Statistics& statistics, const LayoutVote& vote, bool trust_layout) {
  for (size_t l = 0; l < statistics.layers.size(); ++l) {
    check(statistics.layers[l].logit_error <= kLogitErrorLimit,
          "self-check: layer {}: rebuilt attention logits off by {:.2g} of their bound (limit "
          "{:.0e}); nothing written",
          l,
          statistics.layers[l].logit_error,
          kLogitErrorLimit);
  }
  check(
      vote.gain <= kLayoutGainLimit || trust_layout || !vote.abstains.empty(),
      "self-check: with pairs in the other layout the loss is {:.2f} nats/prediction lower (limit "
      "{:.2f}); nothing written; --trust-layout overrides",
      vote.gain,
      kLayoutGainLimit);
}

Loaded load_for_probe(const ProbeOptions& options) {
  const auto device = choose_device(options.device);
  return load_checkpoint(
      options.checkpoint,
      {at::TensorOptions(at::kFloat).device(device), options.allow_unused, true});
}

/// The ids of the opening vote on the layout.
LayoutVote vote_on_layout(const Decoder& model, const Inputs& inputs, const Opening& opening) {
  const auto& ids = inputs.texts.front().windows.front().ids;
  return layout_vote(model, {ids.begin(), ids.begin() + opening.tokens()}, opening.losses);
}

/// Without a head nothing is predicted: what is computed from losses goes, or is refused by name.
void drop_losses(std::vector<MetricRow>& chosen,
                 const ProbeOptions& options,
                 const Loaded& loaded) {
  if (loaded.headless.empty()) return;
  check(options.controls.empty(), "{}; --control compares losses", loaded.headless);
  for (const auto& row : chosen) {
    const bool named = std::ranges::find(options.metrics, row.name) != options.metrics.end();
    check((row.needs & kLosses) == 0 || !named, "{}; it has no {}", loaded.headless, row.name);
  }
  std::erase_if(chosen, [](const auto& row) { return (row.needs & kLosses) != 0; });
}

/// What must be collected for the chosen metrics.
CollectOptions collect_options(const ProbeOptions& options, const std::vector<MetricRow>& chosen) {
  CollectOptions collecting;
  collecting.include_position0 = options.include_position0;
  collecting.macro = options.averaging == "macro";
  collecting.every_row = options.every_row;
  for (const auto& row : chosen) {
    collecting.moments |= (row.needs & kMoments) != 0;
    collecting.patterns |= (row.needs & kPatterns) != 0;
    collecting.losses |= (row.needs & kLosses) != 0;
    collecting.spectra |= (row.needs & kSpectra) != 0;
  }
  return collecting;
}

}  // namespace

Probed run_probe(const ProbeOptions& options,
                 const ProbeProgress& progress,
                 const BeforePass& before) {
  const auto averaging = averaging_of(options.averaging);
  const auto controlled = chosen_controls(options.controls);
  check(options.train_length >= 0,
        "--train-length must not be negative but got {}",
        options.train_length);
  check(options.samples >= 1 && options.samples <= kMostSamples,
        "--samples must be from 1 to {} but got {}",
        kMostSamples,
        options.samples);
  (void)chosen_metrics(options.metrics);  // a wrong name is found before anything is read
  auto loaded = load_for_probe(options);
  auto chosen = chosen_metrics(options.metrics, scope_of(loaded.model));
  drop_losses(chosen, options, loaded);
  auto inputs = read_inputs(options.input, loaded, options.checkpoint);
  if (const auto note = frequency_note(loaded, inputs)) inputs.notes.push_back(*note);
  check_output(options.out);
  if (before) before(loaded, inputs);
  const auto& model = loaded.model;
  auto collecting = collect_options(options, chosen);
  collecting.head = loaded.headless.empty();
  auto statistics = collect(model, inputs, collecting, progress);
  auto vote = vote_on_layout(model, inputs, statistics.opening);
  if (!loaded.headless.empty()) {
    inputs.notes.push_back(loaded.headless + "; there are no losses");
    vote.abstains = "without a head nothing is predicted";
  }
  check_statistics(statistics, vote, options.trust_layout);
  if (!vote.abstains.empty()) {
    inputs.notes.push_back("whether pairs are read in the right layout can't be told: " +
                           vote.abstains);
  }
  ProbeFile file;
  const auto known = model.config().train_length;
  const auto train_length = options.train_length > 0 ? options.train_length : known;
  add_identity(file, options, loaded, inputs, train_length);
  add_usage(file, model, inputs, statistics, averaging);
  const MetricInput measured{model, inputs, statistics, averaging, train_length, options.samples};
  auto left_out = write_metrics(chosen, measured, file);
  add_provenance(file, options, loaded, inputs, statistics, {vote, left_out});
  Probed probed{std::move(loaded),
                std::move(inputs),
                std::move(statistics),
                std::move(file),
                std::move(left_out)};
  add_controls(probed.file, options, probed, controlled);
  // An encoding without frequencies has nothing along them.
  std::erase_if(probed.file.variables, [](const auto& v) {
    return std::ranges::find(v.second.shape, 0U) != v.second.shape.end();
  });
  return probed;
}

ProbeReport report_of(const Probed& probed) {
  const auto& statistics = probed.statistics;
  ProbeReport report;
  const auto all = pooled(statistics.losses);
  report.texts = static_cast<int64_t>(statistics.losses.size());
  report.tokens = all.tokens;
  report.answers = probed.inputs.texts.front().windows.front().answer >= 0;
  report.notes = probed.inputs.notes;
  report.left_out = probed.left_out;
  const bool whole = all.predictions > 0;
  report.loss = whole ? all.mean() : statistics.opening.loss();
  report.loss_tokens = whole ? all.tokens : statistics.opening.tokens();
  for (const auto& layer : statistics.layers) {
    report.logit_error = std::max(report.logit_error, layer.logit_error);
  }
  return report;
}

ProbeReport probe(const ProbeOptions& options, const ProbeProgress& progress) {
  const auto probed = run_probe(options, progress);
  write_probe_file(options.out, probed.file);
  return report_of(probed);
}

}  // namespace ww
