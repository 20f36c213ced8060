// test_statistics.cpp: known answers, worked out by hand or recorded from tables.

#include <algorithm>
#include <cmath>
#include <map>

#include "base/statistics.hpp"
#include "base/survival.hpp"
#include "tests/catch.hpp"

using namespace ww;

TEST_CASE("Wilson's interval is the tables'", "[statistics]") {
  const auto near = [](const Interval& interval, double low, double high) {
    CHECK(interval.low == Approx(low).margin(5e-5));
    CHECK(interval.high == Approx(high).margin(5e-5));
  };
  near(wilson(0, 8), 0, 0.3244);
  near(wilson(7, 8), 0.5291, 0.9776);
  near(wilson(8, 8), 0.6756, 1);
  near(wilson(9000, 10000), 0.8940, 0.9057);
  CHECK(test::refusal([] { wilson(1, 0); }).starts_with("[wilson]"));
  CHECK(test::refusal([] { wilson(9, 8); }).starts_with("[wilson]"));
}

TEST_CASE("Fisher's exact test is the tables'", "[statistics]") {
  CHECK(fisher(3, 3, 0, 3) == Approx(0.1));
  CHECK(fisher(4, 4, 0, 4) == Approx(0.028571).margin(5e-7));
  CHECK(fisher(8, 8, 4, 8) == Approx(0.076923).margin(5e-7));
  CHECK(fisher(8, 8, 3, 8) == Approx(0.025641).margin(5e-7));
  CHECK(fisher(7, 8, 1, 8) == Approx(0.010101).margin(5e-7));
  CHECK(fisher(1, 8, 7, 8) == Approx(0.010101).margin(5e-7));
  CHECK(fisher(0, 8, 0, 8) == Approx(1));
  CHECK(fisher(4, 8, 4, 8) == Approx(1));
  CHECK(test::refusal([] { fisher(4, 3, 0, 3); }).starts_with("[fisher]"));
}

TEST_CASE("Quantiles of t are the tables'", "[statistics]") {
  CHECK(t_quantile(0.975, 3) == Approx(3.182446).margin(5e-7));
  CHECK(t_quantile(0.975, 7) == Approx(2.364624).margin(5e-7));
  CHECK(t_quantile(0.80, 3) == Approx(0.978472).margin(5e-7));
  CHECK(t_quantile(0.80, 7) == Approx(0.896030).margin(5e-7));
  CHECK(t_quantile(0.975, 1e9) == Approx(1.959964).margin(1e-6));
  // Closed forms: tan(pi (p - 1/2)) for one degree, (2 p - 1) / sqrt(2 p (1 - p)) for two.
  for (const double p : {0.01, 0.3, 0.5, 0.6, 0.975, 0.999}) {
    CHECK(t_quantile(p, 1) == Approx(std::tan(M_PI * (p - 0.5))).margin(1e-9));
    CHECK(t_quantile(p, 2) == Approx((2 * p - 1) / std::sqrt(2 * p * (1 - p))).margin(1e-9));
  }
  CHECK(test::refusal([] { t_quantile(1, 3); }).starts_with("[t]"));
}

TEST_CASE("Kaplan-Meier's curve and its restricted mean are worked out by hand", "[statistics]") {
  const std::vector<Lifetime> runs = {
      {4000, false}, {2000, true}, {1000, true}, {2000, false}, {4000, true}};
  const auto curve = kaplan_meier(runs);
  REQUIRE(curve.size() == 3);
  const double times[] = {1000, 2000, 4000}, unsolved[] = {0.8, 0.6, 0.3};
  for (int i = 0; i < 3; ++i) {
    CHECK(curve[i].time == times[i]);
    CHECK(curve[i].unsolved == Approx(unsolved[i]));
  }
  CHECK(restricted_mean(runs, 4000) == Approx(3000));
  CHECK(restricted_mean(runs, 2000) == Approx(1800));
  const std::vector<Lifetime> never = {{500, false}, {500, false}};
  CHECK(restricted_mean(never, 500) == 500);
  CHECK(test::refusal([&] { restricted_mean(never, 501); }).starts_with("[restricted mean]"));
  const std::vector<Lifetime> soon = {{100, true}, {300, true}};
  CHECK(restricted_mean(soon, 1000) == 200);
}

static std::vector<Lifetime> arm(std::initializer_list<double> times) {
  std::vector<Lifetime> runs;  // a negative time is censored
  for (const double time : times) runs.push_back({std::abs(time), time > 0});
  return runs;
}

TEST_CASE("The log-rank test is worked out by hand, its exact p counted", "[statistics]") {
  const auto clear = log_rank(arm({1000, 1000, 1000, 1000}), arm({4000, -4000, -4000, -4000}));
  CHECK(clear.expected == Approx(2));
  CHECK(clear.variance == Approx(4.0 / 7));
  CHECK(clear.p == Approx(0.008151).margin(5e-7));
  CHECK(clear.exact_p.value() == Approx(2.0 / 70));
  const auto vague = log_rank(arm({1000, 2000, 3000, -4000}), arm({2000, -4000, -4000, -4000}));
  CHECK(vague.expected == Approx(1.757143).margin(5e-7));
  CHECK(vague.variance == Approx(0.898163).margin(5e-7));
  CHECK(vague.chi_squared == Approx(1.719837).margin(5e-7));
  CHECK(vague.p == Approx(0.189714).margin(5e-7));
  CHECK(vague.exact_p.value() == Approx(26.0 / 70));
  const auto none = log_rank(arm({-100, -100}), arm({-100}));
  CHECK(none.p == 1);
  CHECK(none.exact_p.value() == 1);
  CHECK(!log_rank(std::vector<Lifetime>(11, {5, true}), std::vector<Lifetime>(10, {5, true}))
             .exact_p.has_value());
}

TEST_CASE("Bootstrapped means of {0, 0, 1} are 8, 12, 6, 1 in 27", "[statistics]") {
  constexpr int N = 27'000;
  const double values[] = {0, 0, 1};
  const auto means = bootstrap(values, mean, 11, N);
  REQUIRE(means.size() == N);
  CHECK(std::is_sorted(means.begin(), means.end()));
  std::map<long, int> counts;
  for (const double each : means) ++counts[std::lround(3 * each)];
  const int expected[] = {8, 12, 6, 1};
  for (int ones = 0; ones <= 3; ++ones) {
    const double p = expected[ones] / 27.0;
    CHECK(std::abs(counts[ones] - N * p) < 4 * std::sqrt(N * p * (1 - p)));
  }
  CHECK(bootstrap(values, mean, 11, N) == means);
  CHECK(bootstrap(values, mean, 12, N) != means);
  const auto interval = percentile_interval(means);
  CHECK(interval.low == 0);
  CHECK(interval.high == 1);
  std::vector<double> ramp(1001);
  for (int i = 0; i <= 1000; ++i) ramp[i] = i;
  CHECK(percentile_interval(ramp).low == Approx(25));
  CHECK(percentile_interval(ramp).high == Approx(975));
}

TEST_CASE("A paired difference states its interval and what it could have shown", "[statistics]") {
  const double apart[] = {0.1, 0.2, 0.3, 0.4};
  const auto shown = paired_difference(apart);
  CHECK(shown.mean == Approx(0.25));
  CHECK(shown.deviation == Approx(0.129099).margin(5e-7));
  CHECK(shown.interval.low == Approx(0.0446).margin(5e-5));
  CHECK(shown.interval.high == Approx(0.4554).margin(5e-5));
  CHECK(shown.detectable == Approx(0.2686).margin(5e-5));
  CHECK(!shown.unmeasured);
  const double vague[] = {-0.1, 0.2, -0.3, 0.4};
  CHECK(paired_difference(vague).unmeasured);
  // Eight pairs of deviation 1: (t.975 + t.80) / sqrt(8).
  std::vector<double> eight;
  for (int i = 0; i < 8; ++i) eight.push_back((i % 2 == 0 ? 1 : -1) * std::sqrt(7.0 / 8));
  CHECK(paired_difference(eight).detectable * std::sqrt(8.0) == Approx(3.2607).margin(5e-5));
  CHECK(test::refusal([] { paired_difference(std::vector{0.1}); }).starts_with("[paired"));
}

TEST_CASE("Mean, deviation and median of few values", "[statistics]") {
  const double values[] = {4, 1, 3, 2};
  CHECK(mean(values) == 2.5);
  CHECK(median(values) == 2.5);
  CHECK(median(std::span(values).first(3)) == 3);
  CHECK(standard_deviation(std::span(values).first(1)) == 0);
  CHECK(test::refusal([] { median({}); }).starts_with("[median]"));
}
