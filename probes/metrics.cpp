#include "probes/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "probes/metrics/contribution.hpp"
#include "probes/metrics/decomposition_file.hpp"
#include "probes/metrics/heads.hpp"
#include "probes/metrics/length.hpp"
#include "probes/metrics/loss.hpp"
#include "probes/metrics/offsets.hpp"
#include "probes/metrics/phases.hpp"
#include "probes/metrics/spectrum.hpp"
#include "probes/metrics/spread.hpp"
#include "probes/metrics/swaps.hpp"

namespace ww {

const std::vector<MetricRow>& metrics() {
  using enum Scope;
  // clang-format off
  static const std::vector<MetricRow> table = {
      {"loss",          "what predicting each text costs",                                     any,         kLosses,   write_loss},
      {"spread",        "over how many frequencies usage is spread",                      frequencies, kUsage,    write_spread},
      {"phases",        "how far content keeps one phase, and what that costs",           frequencies, kMoments,  write_phases},
      {"offsets",       "preferred offsets and the mean kernel over distance",            frequencies, kMoments,  write_offsets},
      {"decomposition", "where, what, and content that moves position: quadrature share", offsets,     kMoments,  write_decomposition},
      {"length",        "what of usage turns within the training length",                 frequencies, kUsage,    write_length},
      {"contribution",  "what each frequency adds to the scores and the pattern",         frequencies, kPatterns, write_contribution},
      {"heads",         "attention sinks, entropy and slashes",                           any,         kPatterns, write_heads},
      {"swaps",         "whether attention follows places or contents when exchanged",    any,         kRuns,     write_swaps},
      {"spectrum",      "whether norms come in waves along a text or at random",          frequencies, kSpectra,  write_spectrum},
  };
  // clang-format on
  return table;
}

Scope scope_of(const Decoder& model) {
  const auto& c = model.config();
  if (encoding_row(c.encoding).embedding != nullptr)
    return Scope::any;  // contents know their place
  return has_frequencies(c) ? Scope::frequencies : Scope::offsets;
}

namespace {

void check_known(const std::string& name, Scope scope) {
  if (name == "all" || name == "cheap" || name == "usage") return;
  std::string known = "usage, cheap, all", possible;
  for (const auto& row : metrics()) {
    if (row.scope <= scope) possible += fmt::format("{}{}", possible.empty() ? "" : ", ", row.name);
    known += fmt::format(", {}", row.name);
  }
  for (const auto& row : metrics()) {
    if (name != row.name) continue;
    check(row.scope <= scope,
          "metric '{}' is about {}, which this model's encoding has not; choose from {}",
          name,
          row.scope == Scope::frequencies ? "frequencies" : "scores by content and offset alone",
          possible);
    return;
  }
  refuse("unknown metric '{}'; choose from {}", name, known);
}

}  // namespace

std::vector<MetricRow> chosen_metrics(const std::vector<std::string>& names, Scope scope) {
  for (const auto& name : names) {
    check_known(name, scope);
    check(std::ranges::count(names, name) == 1, "--metrics names {} twice", name);
  }
  const auto wants = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  constexpr unsigned dear = kPatterns | kSpectra | kRuns;
  std::vector<MetricRow> chosen;
  for (const auto& row : metrics()) {
    const bool grouped = wants("all") || (wants("cheap") && (row.needs & dear) == 0);
    if (wants(row.name) || (grouped && row.scope <= scope)) chosen.push_back(row);
  }
  return chosen;
}

std::vector<LeftOut> write_metrics(const std::vector<MetricRow>& rows,
                                   const MetricInput& input,
                                   ProbeFile& file) {
  std::vector<LeftOut> left_out;
  for (const auto& row : rows) {
    ProbeFile own;
    try {
      row.write(input, own);
    } catch (const MetricError& error) {
      left_out.push_back({row.name, error.what()});
      continue;
    }
    for (auto& [name, values] : own.variables) file.variables[name] = std::move(values);
  }
  return left_out;
}

}  // namespace ww
