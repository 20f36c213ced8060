// test_convergence.cpp: labels of learning curves, with curves worked out by hand.

#include "base/convergence.hpp"
#include "tests/catch.hpp"

using namespace ww;

namespace {

std::vector<EvaluationPoint> curve(const std::vector<double>& accuracies) {
  std::vector<EvaluationPoint> history;
  for (const double a : accuracies) {
    history.push_back({100 * static_cast<int64_t>(history.size() + 1), 1.0, a});
  }
  return history;
}

}  // namespace

TEST_CASE("A loss falls where its line falls beyond 2 % and beyond noise", "[convergence]") {
  CHECK(still_falls({1, .99, .98, .97, .96}));
  CHECK(still_falls({1, .97, .99, .95, .96}));  // falls by .0400, noise .0392
  CHECK_FALSE(still_falls({1, 1.01, .99, 1, 1}));
  CHECK_FALSE(still_falls({1, .9, 1.02, .88, .98}));
  CHECK_FALSE(still_falls({1, .999, .998, .997, .996}));  // sure, but less than 2 %
}

TEST_CASE("A run is solved at the first of two evaluations running", "[convergence]") {
  const auto once = outcome_of(curve({.2, .96, .5, .96, .97, .98}), .95, .5);
  CHECK(once.solved_step == 400);
  CHECK(once.lift_step == 200);
  CHECK(once.label == "SOLVED");
  CHECK_FALSE(once.lost);
  CHECK_FALSE(outcome_of(curve({.2, .96, .5, .96}), .95, .5).solved_step);
}

TEST_CASE("A solved run that falls back is flagged as lost", "[convergence]") {
  const auto outcome = outcome_of(curve({.96, .97, .5, .5, .5, .5}), .95, .5);
  CHECK(outcome.solved_step == 100);
  CHECK(outcome.lost);
  CHECK(outcome.label == "STALLED");
}
