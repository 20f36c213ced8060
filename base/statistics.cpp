#include "base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.hpp"
#include "base/philox.hpp"

namespace ww {

constexpr double kZ = 1.959964;  // 95 % of a normal distribution lie within so many deviations

Interval wilson(int64_t right, int64_t asked) {
  check(asked > 0 && right >= 0 && right <= asked,
        "[wilson] a share needs 0 <= right <= asked but got {} of {}",
        right,
        asked);
  constexpr double z = kZ;
  const double n = static_cast<double>(asked), p = right / n;
  const double scale = 1 + z * z / n;
  const double centre = (p + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

bool beats(const Interval& share, double floor, double standard_error) {
  return floor + kZ * standard_error < share.low;
}

/// log of n over k.
static double log_choose(int64_t n, int64_t k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

double fisher(int64_t a, int64_t n, int64_t b, int64_t m) {
  check(a >= 0 && a <= n && b >= 0 && b <= m,
        "[fisher] a table needs 0 <= a <= n and 0 <= b <= m but got {} of {} and {} of {}",
        a,
        n,
        b,
        m);
  const int64_t both = a + b;
  const auto chance = [&](int64_t k) {
    return std::exp(log_choose(n, k) + log_choose(m, both - k) - log_choose(n + m, both));
  };
  constexpr double kSlack = 1 + 1e-7;  // tables as likely as the seen one count, rounding aside
  double p = 0;
  for (int64_t k = std::max<int64_t>(0, both - m); k <= std::min(n, both); ++k) {
    if (chance(k) <= chance(a) * kSlack) p += chance(k);
  }
  return std::min(1.0, p);
}

/// The continued fraction of the incomplete beta function, evaluated by Lentz's method
/// (Abramowitz and Stegun 26.5.8); converges fast for x < (a + 1) / (a + b + 2).
static double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), value = d;
  for (int i = 1; i <= 1000; ++i) {
    const double even = i * (b - i) * x / ((a + 2 * i - 1) * (a + 2 * i));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const double odd = -(a + i) * (a + b + i) * x / ((a + 2 * i) * (a + 2 * i + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/// The regularised incomplete beta function I_x(a, b).
static double incomplete_beta(double a, double b, double x) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/// The chance that Student's t exceeds `t` >= 0.
static double t_above(double t, double freedom) {
  return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2;
}

double t_quantile(double p, double freedom) {
  check(p > 0 && p < 1 && freedom > 0,
        "[t] a quantile needs 0 < p < 1 and freedom above 0 but got {} and {}",
        p,
        freedom);
  if (p < 0.5) return -t_quantile(1 - p, freedom);
  double low = 0, high = 1;
  while (t_above(high, freedom) > 1 - p && high < 1e300) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (t_above(middle, freedom) > 1 - p ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

double mean(std::span<const double> values) {
  check(!values.empty(), "[mean] there are no values");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  const double centre = mean(values);
  if (values.size() == 1) return 0;
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / (static_cast<double>(values.size()) - 1));
}

double median(std::span<const double> values) {
  check(!values.empty(), "[median] there are no values");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

std::vector<double> bootstrap(std::span<const double> values,
                              const std::function<double(std::span<const double>)>& statistic,
                              uint64_t seed,
                              int resamples) {
  check(!values.empty() && resamples > 0, "[bootstrap] needs values and resamples");
  std::vector<double> results, resample(values.size());
  for (int i = 0; i < resamples; ++i) {
    Draw draw(seed, i, fnv32("bootstrap"));
    for (auto& value : resample) value = values[draw.below(static_cast<uint32_t>(values.size()))];
    results.push_back(statistic(resample));
  }
  std::sort(results.begin(), results.end());
  return results;
}

Interval percentile_interval(std::span<const double> sorted) {
  check(!sorted.empty(), "[bootstrap] there are no resamples");
  const auto at = [&](double share) {  // linear between neighbours
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(place);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
  };
  return {at(0.025), at(0.975)};
}

PairedDifference paired_difference(std::span<const double> differences) {
  check(differences.size() >= 2,
        "[paired difference] needs two pairs but got {}",
        differences.size());
  const double freedom = static_cast<double>(differences.size()) - 1;
  const double error =
      standard_deviation(differences) / std::sqrt(static_cast<double>(differences.size()));
  const double half = t_quantile(0.975, freedom);
  PairedDifference result{.mean = mean(differences), .deviation = standard_deviation(differences)};
  result.interval = {result.mean - half * error, result.mean + half * error};
  result.detectable = (half + t_quantile(0.80, freedom)) * error;
  result.unmeasured = result.interval.low <= 0 && result.interval.high >= 0 &&
                      std::abs(result.mean) < result.detectable;
  return result;
}

}  // namespace ww
