// statistics.hpp: intervals and tests for few runs and for many answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ww {

struct Interval {
  double low = 0, high = 0;
};

/// Wilson's 95 % interval of a share (z = 1.959964): what `right` of `asked` says. Throws
/// InputError unless 0 <= right <= asked and asked > 0.
Interval wilson(int64_t right, int64_t asked);

/// Whether a share beats a floor: its interval lies above the floor, a sampled one and 1.96 of its
/// standard errors.
bool beats(const Interval& share, double floor, double standard_error);

/// Fisher's exact test, two-sided: the chance of a table at most as likely as `a` of `n` against
/// `b` of `m`, its margins given. Throws InputError unless 0 <= a <= n and 0 <= b <= m.
double fisher(int64_t a, int64_t n, int64_t b, int64_t m);

/// The value that Student's t with `freedom` degrees stays below with chance `p`. Throws InputError
/// unless 0 < p < 1 and freedom > 0.
double t_quantile(double p, double freedom);

double mean(std::span<const double> values);
/// With n - 1 below; 0 of a single value.
double standard_deviation(std::span<const double> values);
double median(std::span<const double> values);

/// `statistic` of `resamples` draws with replacement, sorted. A pure function of the seed. Throws
/// InputError where there are no values or no resamples.
std::vector<double> bootstrap(std::span<const double> values,
                              const std::function<double(std::span<const double>)>& statistic,
                              uint64_t seed,
                              int resamples = 10'000);

/// The middle 95 % of a sorted bootstrap. Too narrow for few values (kFewTexts): say so beside it.
Interval percentile_interval(std::span<const double> sorted);

/// Below so many texts an interval over them is too narrow to trust.
constexpr size_t kFewTexts = 8;

/// A paired comparison: mean difference, its 95 % interval, and the smallest true difference that
/// so many pairs would have shown with a chance of 80 %.
struct PairedDifference {
  double mean = 0, deviation = 0;
  Interval interval{};
  double detectable = 0;
  /// The interval spans 0 and the mean is below what could be detected: not "no effect".
  bool unmeasured = false;
};

/// Throws InputError for fewer than two pairs.
PairedDifference paired_difference(std::span<const double> differences);

}  // namespace ww
