#include "plots/findings/usage_shares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.hpp"
#include "base/statistics.hpp"

namespace ww {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// A file without norms of each text has those of all texts as if they were one.
Array one_text(const Array& per_head) {
  Array all = per_head;
  all.dims.insert(all.dims.begin(), "text");
  all.shape.insert(all.shape.begin(), 1);
  return all;
}

Array norms_of(const NamedProbe& probe, const std::string& of) {
  const auto* const by_text = find_array(probe, "per_text/" + of + "_norm_mean");
  return by_text != nullptr ? *by_text : one_text(array_of(probe, "per_head/" + of + "_norm_mean"));
}

}  // namespace

double jackknife_half_width(const std::vector<double>& without_one) {
  const auto n = static_cast<double>(without_one.size());
  if (without_one.size() < 2) return kUnknown;
  const double centre = mean(without_one);
  double sum = 0;
  for (const double value : without_one) sum += (value - centre) * (value - centre);
  return t_quantile(0.975, n - 1) * std::sqrt(sum * (n - 1) / n);
}

UsageShares::UsageShares(const NamedProbe& probe) {
  require_variables(probe,
                    {"theta", "wavelength", "per_head/query_norm_mean", "per_head/key_norm_mean"},
                    "a statement on usage",
                    "whatwhere probe");
  for (const auto* const name : {"per_text/query_norm_mean", "per_text/key_norm_mean"}) {
    const bool other =
        find_array(probe, "per_text/query_count") == nullptr || find_array(probe, name);
    check(
        other, "{}: has counts of each text but no '{}'; probe the model again", probe.name, name);
  }
  query_ = norms_of(probe, "query");
  key_ = norms_of(probe, "key");
  check(query_.shape.size() == 4 && key_.shape.size() == 4 && query_.shape[0] == key_.shape[0],
        "{}: norms of queries and of keys are of other texts",
        probe.name);
  layers_ = query_.shape[1], heads_ = query_.shape[2], frequencies_ = query_.shape[3];
  key_heads_ = key_.shape[2];
  check(key_heads_ > 0 && heads_ % key_heads_ == 0,
        "{}: {} heads cannot share {} key heads",
        probe.name,
        heads_,
        key_heads_);
  turns_ = rotated_layers(probe, layers_);
  wavelength_ = array_of(probe, "wavelength").values;
  counts_.assign(query_.shape[0], 1);
  const auto* const counts = find_array(probe, "per_text/query_count");
  const bool micro = text_attribute(probe.file, "averaging") == "micro";
  if (counts != nullptr && micro && counts->values.size() == counts_.size())
    counts_ = counts->values;
}

std::vector<double> UsageShares::norms_without(const Array& per_text, size_t text) const {
  const size_t values = per_text.values.size() / texts();
  std::vector<double> norms(values, 0);
  double total = 0;
  for (size_t t = 0; t < texts(); ++t) {
    if (t == text || counts_[t] == 0) continue;
    total += counts_[t];
    for (size_t i = 0; i < values; ++i) norms[i] += counts_[t] * per_text.values[t * values + i];
  }
  for (auto& norm : norms) norm /= total;
  return norms;
}

std::vector<UsageCell> UsageShares::cells_without(size_t text) const {
  const auto query = norms_without(query_, text), key = norms_without(key_, text);
  const auto turning = static_cast<double>(std::ranges::count(turns_, true));
  std::vector<UsageCell> cells;
  for (size_t l = 0; l < layers_; ++l) {
    if (!turns_[l]) continue;
    std::vector<double> shares(frequencies_, 0);
    for (size_t h = 0; h < heads_; ++h) {
      const double* const q = &query[(l * heads_ + h) * frequencies_];
      const double* const k = &key[(l * key_heads_ + h * key_heads_ / heads_) * frequencies_];
      const double sum = std::inner_product(q, q + frequencies_, k, 0.0);
      for (size_t f = 0; f < frequencies_; ++f) {
        shares[f] += q[f] * k[f] / sum / static_cast<double>(heads_) / turning;
      }
    }
    for (size_t f = 0; f < frequencies_; ++f) {
      cells.push_back({wavelength_[l * frequencies_ + f], shares[f]});
    }
  }
  return cells;
}

Measured UsageShares::estimate(const UsageStatistic& statistic) const {
  const double value = statistic(cells());
  std::vector<double> without;
  for (size_t t = 0; texts() > 1 && t < texts(); ++t)
    without.push_back(statistic(cells_without(t)));
  const double half = jackknife_half_width(without);
  return {value, value - half, value + half, texts()};
}

double usage_between(const std::vector<UsageCell>& cells, double from, double to) {
  double sum = 0;
  for (const auto& cell : cells) {
    if (cell.wavelength >= from && cell.wavelength < to) sum += cell.share;
  }
  return sum;
}

double median_wavelength(const std::vector<UsageCell>& cells) {
  auto sorted = cells;
  std::ranges::sort(sorted, {}, &UsageCell::wavelength);
  double below = 0;
  for (const auto& cell : sorted) {
    below += cell.share;
    if (below >= 0.5) return cell.wavelength;
  }
  return kUnknown;
}

double frequencies_between(const std::vector<UsageCell>& cells, double from, double to) {
  const auto within = std::ranges::count_if(cells, [&](const UsageCell& cell) {
    return cell.wavelength >= from && cell.wavelength < to;
  });
  return cells.empty() ? 0 : static_cast<double>(within) / static_cast<double>(cells.size());
}

}  // namespace ww
