// survival.hpp: how long runs take until they solve a task, when some never do within the budget.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace ww {

/// One run: when it solved, or how long it was watched without solving (censored).
struct Lifetime {
  double time = 0;  // steps or seconds
  bool solved = false;
};

/// The share that has not solved after `time`.
struct SurvivalStep {
  double time = 0, unsolved = 1;
};

/// Kaplan and Meier's curve: prod over t_i <= t of (1 - d_i / n_i), a step at each time of a solve;
/// solves come before censorings at ties. Throws InputError where there is no run.
std::vector<SurvivalStep> kaplan_meier(std::span<const Lifetime> runs);

/// The area under the curve up to `budget`: mean steps, a run that does not solve counted as the
/// budget. Throws InputError where a run was watched for less than the budget and not solved while
/// no other is left to tell: the curve ends before the budget.
double restricted_mean(std::span<const Lifetime> runs, double budget);

/// Mantel's log-rank test of two arms.
struct LogRank {
  double expected = 0;  // E: solves of the first arm if both were alike
  double variance = 0;  // V
  double chi_squared = 0, p = 1;
  /// The share of all ways to deal the runs to the arms with a chi squared at least as large;
  /// up to 20 runs together. Report this one where it is there.
  std::optional<double> exact_p{};
};

/// Throws InputError where an arm has no run.
LogRank log_rank(std::span<const Lifetime> first, std::span<const Lifetime> second);

}  // namespace ww
