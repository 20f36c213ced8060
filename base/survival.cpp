#include "base/survival.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/check.hpp"

namespace ww {

namespace {

/// A time at which some run solves: how many do, and how many were still watched.
struct Event {
  double time;
  int solves = 0, at_risk = 0;
};

std::vector<Event> events(std::span<const Lifetime> runs) {
  std::vector<double> times;
  for (const auto& run : runs) {
    if (run.solved) times.push_back(run.time);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  std::vector<Event> all;
  for (const double time : times) {
    Event event{time};
    for (const auto& run : runs) {
      event.solves += run.solved && run.time == time;
      event.at_risk += run.time >= time;
    }
    all.push_back(event);
  }
  return all;
}

struct Sums {
  double observed = 0, expected = 0, variance = 0;
  double chi_squared() const {
    const double off = observed - expected;
    return variance > 0 ? off * off / variance : 0;
  }
};

/// What the first arm's share of each event adds up to; `count(time, solved)` counts its runs that
/// solved at a time, or that were watched until then.
template <typename Count>
Sums sums(const std::vector<Event>& all, const Count& count) {
  Sums total;
  for (size_t i = 0; i < all.size(); ++i) {
    const double n = all[i].at_risk, d = all[i].solves, n1 = count(i, false);
    total.observed += count(i, true);
    total.expected += d * n1 / n;
    if (n > 1) total.variance += n1 * (n - n1) * d * (n - d) / (n * n * (n - 1));
  }
  return total;
}

/// Deals the runs, at most 20, to arms of the given size in every way; arms are sets of bits.
double exact_share(std::span<const Lifetime> runs,
                   const std::vector<Event>& all,
                   int first,
                   double seen) {
  std::vector<uint32_t> solve, watched;  // at each event, which runs
  for (const auto& event : all) {
    solve.push_back(0);
    watched.push_back(0);
    for (size_t i = 0; i < runs.size(); ++i) {
      if (runs[i].time >= event.time) watched.back() |= 1u << i;
      if (runs[i].solved && runs[i].time == event.time) solve.back() |= 1u << i;
    }
  }
  int64_t deals = 0, extreme = 0;
  for (uint32_t arm = 0; arm < (1u << runs.size()); ++arm) {
    if (std::popcount(arm) != first) continue;
    const auto count = [&](size_t i, bool solved) {
      return std::popcount(arm & (solved ? solve[i] : watched[i]));
    };
    ++deals;
    extreme += sums(all, count).chi_squared() >= seen * (1 - 1e-9);
  }
  return static_cast<double>(extreme) / static_cast<double>(deals);
}

}  // namespace

std::vector<SurvivalStep> kaplan_meier(std::span<const Lifetime> runs) {
  check(!runs.empty(), "[kaplan-meier] there is no run");
  std::vector<SurvivalStep> curve;
  double unsolved = 1;
  for (const auto& event : events(runs)) {
    unsolved *= 1 - static_cast<double>(event.solves) / event.at_risk;
    curve.push_back({event.time, unsolved});
  }
  return curve;
}

double restricted_mean(std::span<const Lifetime> runs, double budget) {
  double area = 0, since = 0, unsolved = 1, longest = 0;
  for (const auto& run : runs) longest = std::max(longest, run.time);
  for (const auto& step : kaplan_meier(runs)) {
    if (step.time > budget) break;
    area += unsolved * (step.time - since);
    since = step.time;
    unsolved = step.unsolved;
  }
  check(unsolved == 0 || longest >= budget,
        "[restricted mean] the runs were watched up to {} only, not up to the budget of {}",
        longest,
        budget);
  return area + unsolved * (budget - since);
}

LogRank log_rank(std::span<const Lifetime> first, std::span<const Lifetime> second) {
  check(!first.empty() && !second.empty(), "[log-rank] an arm has no run");
  std::vector<Lifetime> runs(first.begin(), first.end());
  runs.insert(runs.end(), second.begin(), second.end());
  const auto all = events(runs);
  const auto seen = sums(all, [&](size_t i, bool solved) {
    return std::count_if(first.begin(), first.end(), [&](const Lifetime& run) {
      return solved ? run.solved && run.time == all[i].time : run.time >= all[i].time;
    });
  });
  LogRank result{.expected = seen.expected, .variance = seen.variance};
  result.chi_squared = seen.chi_squared();
  result.p = std::erfc(std::sqrt(result.chi_squared / 2));
  constexpr size_t kMostDealt = 20;
  if (runs.size() <= kMostDealt) {
    result.exact_p = exact_share(runs, all, static_cast<int>(first.size()), result.chi_squared);
  }
  return result;
}

}  // namespace ww
