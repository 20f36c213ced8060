// usage_shares.hpp: how usage is spread over wavelengths, with intervals over texts.
//
//   w(l, h, f) = Nq(l, h, f) Nk(l, h, f) / sum_f' Nq(l, h, f') Nk(l, h, f')
//
// N is the mean norm of queries or keys. Shares are means of w over the heads and over the layers
// that turn. Intervals are the jackknife's over texts, 95 %, with Student's t.
#pragma once

#include <functional>
#include <vector>

#include "plots/probe_values.hpp"

namespace ww {

/// A value and its 95 % interval; the ends are NaN where there are fewer than two texts.
struct Measured {
  double value = 0, low = 0, high = 0;
  size_t texts = 0;

  /// Whether the interval is known and holds x.
  bool may_be(double x) const { return low <= x && x <= high; }
};

/// Half the width of the interval of `value` from the estimates without one text each. NaN for
/// fewer than two.
double jackknife_half_width(const std::vector<double>& without_one);

/// One wavelength of one layer and its share of all usage; shares add up to 1.
struct UsageCell {
  double wavelength = 0;  // tokens, infinite where theta is 0
  double share = 0;
};

using UsageStatistic = std::function<double(const std::vector<UsageCell>&)>;

/// Usage of one probe, from which one text at a time can be left out.
class UsageShares {
 public:
  /// Throws InputError where the file has no frequencies or no norms.
  explicit UsageShares(const NamedProbe& probe);

  size_t texts() const { return counts_.size(); }
  /// Of all texts.
  std::vector<UsageCell> cells() const { return cells_without(texts()); }
  /// Of all texts but one; texts(): of all.
  std::vector<UsageCell> cells_without(size_t text) const;
  Measured estimate(const UsageStatistic& statistic) const;

 private:
  std::vector<double> norms_without(const Array& per_text, size_t text) const;

  size_t layers_ = 0, heads_ = 0, key_heads_ = 0, frequencies_ = 0;
  std::vector<bool> turns_;         // [L]
  std::vector<double> wavelength_;  // [L, F]
  std::vector<double> counts_;      // [text], tokens counted; 1 each where texts count alike
  Array query_, key_;               // [text, L, H, F]
};

/// Share of usage at wavelengths in [from, to), tokens.
double usage_between(const std::vector<UsageCell>& cells, double from, double to);
/// The wavelength below which half of the usage lies, tokens.
double median_wavelength(const std::vector<UsageCell>& cells);
/// The share that equal use of all frequencies would put at wavelengths in [from, to).
double frequencies_between(const std::vector<UsageCell>& cells, double from, double to);

}  // namespace ww
