#include "plots/summaries.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "plots/usage_map.hpp"

namespace ww {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// exp of the mean ln wavelength, weighted by the product of query and key norm (only it is
/// identified); wavelengths without end are left out. Tokens.
std::vector<double> centroid(const NamedProbe& probe) {
  const auto map = usage_map(probe);
  std::vector<double> centroids;
  for (size_t l = 0; l < map.layers; ++l) {
    double sum = 0, weights = 0;
    for (size_t f = 0; f < map.frequencies; ++f) {
      const size_t at = map.at(l, f);
      const double weight = map.query[at] * map.key[at];
      if (!std::isfinite(map.wavelength[at]) || !std::isfinite(weight)) continue;
      sum += weight * std::log(map.wavelength[at]);
      weights += weight;
    }
    centroids.push_back(weights > 0 ? std::exp(sum / weights) : kNone);
  }
  return centroids;
}

std::vector<double> quadrature_share(const NamedProbe& probe) {
  return array_of(probe, "quadrature_share").values;
}

std::vector<double> effective_frequencies(const NamedProbe& probe) {
  const auto& array = array_of(probe, "metrics/eff_freqs_norm");
  std::vector<double> layers;
  for (size_t l = 0; l < array.shape[0]; ++l) {
    std::vector<double> heads;
    for (size_t h = 0; h < array.shape[1]; ++h) heads.push_back(value_at(array, {l, h}));
    layers.push_back(mean_summary(heads, false));
  }
  return layers;
}

/// Over the predictions of all texts, of which a text has one fewer than tokens.
std::vector<double> loss(const NamedProbe& probe) {
  const auto& losses = array_of(probe, "loss").values;
  const auto& tokens = array_of(probe, "n_tokens").values;
  double sum = 0, count = 0;
  for (size_t i = 0; i < losses.size(); ++i) {
    if (!std::isfinite(losses[i])) continue;
    sum += losses[i] * (tokens[i] - 1);
    count += tokens[i] - 1;
  }
  return {count > 0 ? sum / count : kNone};
}

}  // namespace

const std::vector<Summary>& summaries() {
  static const std::vector<Summary> table = {
      {"centroid",
       "centroid of usage (tokens)",
       true,
       {"theta", "query_norm_mean", "key_norm_mean"},
       centroid},
      {"quadrature", "quadrature share Q", false, {"quadrature_share"}, quadrature_share},
      {"effective-frequencies",
       "effective frequencies",
       false,
       {"metrics/eff_freqs_norm"},
       effective_frequencies},
      {"loss", "loss of the texts [nat/prediction]", false, {"loss", "n_tokens"}, loss},
  };
  return table;
}

bool has_summary(const NamedProbe& probe, const Summary& summary) {
  return std::ranges::all_of(summary.needs,
                             [&](const auto& name) { return find_array(probe, name) != nullptr; });
}

double mean_summary(const std::vector<double>& values, bool log) {
  auto known = finite_values(values);
  if (known.empty()) return kNone;
  if (log)
    std::ranges::transform(known, known.begin(), [](double value) { return std::log(value); });
  const double mean =
      std::accumulate(known.begin(), known.end(), 0.0) / static_cast<double>(known.size());
  return log ? std::exp(mean) : mean;
}

}  // namespace ww
