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
#include "probes/metrics/spread.hpp"

namespace ww {

const std::vector<MetricRow>& metrics() {
  // clang-format off
  static const std::vector<MetricRow> table = {
      {"loss",          "what predicting each text costs",                                     kLosses,   write_loss},
      {"spread",        "over how many frequencies usage is spread (M3)",                      kUsage,    write_spread},
      {"phases",        "how far content keeps one phase, and what that costs (M4)",           kMoments,  write_phases},
      {"offsets",       "preferred offsets and the mean kernel over distance (M5)",            kMoments,  write_offsets},
      {"decomposition", "where, what, and content that moves position: quadrature share (M6)", kMoments,  write_decomposition},
      {"length",        "what of usage turns within the training length (M9)",                 kUsage,    write_length},
      {"contribution",  "what each frequency adds to the scores and the pattern (M2)",         kPatterns, write_contribution},
      {"heads",         "attention sinks, entropy and slashes (M7)",                           kPatterns, write_heads},
  };
  // clang-format on
  return table;
}

namespace {

void check_known(const std::string& name) {
  if (name == "all" || name == "cheap" || name == "usage") return;
  std::string known = "usage, cheap, all";
  for (const auto& row : metrics()) {
    if (name == row.name) return;
    known += fmt::format(", {}", row.name);
  }
  refuse("unknown metric '{}'; choose from {}", name, known);
}

}  // namespace

std::vector<MetricRow> chosen_metrics(const std::vector<std::string>& names) {
  std::ranges::for_each(names, check_known);
  const auto wants = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  std::vector<MetricRow> chosen;
  for (const auto& row : metrics()) {
    if (wants(row.name) || wants("all") || (wants("cheap") && (row.needs & kPatterns) == 0))
      chosen.push_back(row);
  }
  return chosen;
}

}  // namespace ww
