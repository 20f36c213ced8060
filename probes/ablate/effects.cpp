#include "probes/ablate/effects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "base/statistics.hpp"

namespace ww {

namespace {

struct Differences {
  std::vector<double> cost, predictions;  // of each text
};

Differences differences_of(const std::vector<TextLoss>& clean,
                           const std::vector<TextLoss>& edited) {
  Differences d;
  for (size_t i = 0; i < clean.size(); ++i) {
    d.cost.push_back(edited[i].total - clean[i].total);
    d.predictions.push_back(static_cast<double>(clean[i].predictions));
  }
  return d;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double jackknife(const Differences& d) {
  const auto n = static_cast<double>(d.cost.size());
  if (n < 2) return std::numeric_limits<double>::quiet_NaN();
  const double cost = sum(d.cost), predictions = sum(d.predictions);
  std::vector<double> left_out;
  for (size_t i = 0; i < d.cost.size(); ++i) {
    left_out.push_back((cost - d.cost[i]) / (predictions - d.predictions[i]));
  }
  const double middle = mean(left_out);
  double spread = 0;
  for (const double value : left_out) spread += (value - middle) * (value - middle);
  return std::sqrt(spread * (n - 1) / n);
}

Interval interval_of(const Differences& d, uint64_t seed) {
  std::vector<double> indices(d.cost.size());
  std::iota(indices.begin(), indices.end(), 0.0);
  const auto ratio = [&](std::span<const double> drawn) {
    double cost = 0, predictions = 0;
    for (const double index : drawn) {
      cost += d.cost[static_cast<size_t>(index)];
      predictions += d.predictions[static_cast<size_t>(index)];
    }
    return cost / predictions;
  };
  return percentile_interval(bootstrap(indices, ratio, seed));
}

/// 1 for the smallest; equal values share the mean of their ranks.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t j = i;
    while (j + 1 < order.size() && values[order[j + 1]] == values[order[i]]) ++j;
    for (size_t k = i; k <= j; ++k) ranks[order[k]] = static_cast<double>(i + j) / 2 + 1;
    i = j + 1;
  }
  return ranks;
}

}  // namespace

double mean_effect(const std::vector<TextLoss>& clean, const std::vector<TextLoss>& edited) {
  const auto d = differences_of(clean, edited);
  return sum(d.cost) / sum(d.predictions);
}

Effect effect_of(const std::vector<TextLoss>& clean,
                 const std::vector<TextLoss>& edited,
                 uint64_t seed) {
  const auto d = differences_of(clean, edited);
  const auto interval = interval_of(d, seed);
  Effect effect{mean_effect(clean, edited), interval.low, interval.high, jackknife(d), {}};
  for (size_t i = 0; i < d.cost.size(); ++i) effect.texts.push_back(d.cost[i] / d.predictions[i]);
  return effect;
}

double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks_of(a), y = ranks_of(b);
  const double mx = mean(x), my = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

Correlation correlation_of(const std::vector<double>& a,
                           const std::vector<double>& b,
                           uint64_t seed) {
  std::vector<double> indices(a.size());
  std::iota(indices.begin(), indices.end(), 0.0);
  const auto of_some = [&](std::span<const double> drawn) {
    std::vector<double> x, y;
    for (const double index : drawn) {
      x.push_back(a[static_cast<size_t>(index)]);
      y.push_back(b[static_cast<size_t>(index)]);
    }
    return rank_correlation(x, y);
  };
  const auto interval = percentile_interval(bootstrap(indices, of_some, seed, 2'000));
  return {rank_correlation(a, b), interval.low, interval.high};
}

}  // namespace ww
