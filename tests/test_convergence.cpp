// test_convergence.cpp: when a run counts as solved, climbing or stalled.

#include <limits>
#include <vector>

#include "base/convergence.hpp"
#include "tests/catch.hpp"

using namespace ww;

/// Evaluations every 100 steps.
static std::vector<Progress> record(const std::vector<double>& losses,
                                    const std::vector<double>& accuracies = {}) {
  std::vector<Progress> all;
  for (size_t i = 0; i < losses.size(); ++i) {
    const double accuracy = accuracies.empty() ? 0.5 : accuracies[i];
    all.push_back({static_cast<int64_t>(100 * (i + 1)), losses[i], accuracy});
  }
  return all;
}

static std::string label(const std::vector<double>& losses) {
  return label_name(convergence(record(losses), 0.95, 0.7).label);
}

TEST_CASE("A loss that falls beyond its noise is climbing, else stalled", "[convergence]") {
  CHECK(label({1, .99, .98, .97, .96}) == "CLIMBING");
  CHECK(label({1, .97, .99, .95, .96}) == "CLIMBING");
  CHECK(label({1, 1.01, .99, 1, 1}) == "STALLED");
  CHECK(label({1, .9, 1.02, .88, .98}) == "STALLED");
  const auto trend = loss_trend(record({1, .97, .99, .95, .96}));
  CHECK(trend.fall == Approx(0.04).margin(1e-12));
  CHECK(trend.noise == Approx(0.0392).margin(5e-5));
}

TEST_CASE("The trend looks at the last quarter, at least five evaluations", "[convergence]") {
  std::vector<double> losses(24, 1.0);
  for (int i = 0; i < 18; ++i) losses[i] = 3 - 0.1 * i;  // falls, then rests for a quarter
  CHECK(label(losses) == "STALLED");
  losses.resize(22);  // six of the last 22, two of them still falling
  CHECK(loss_trend(record(losses)).mean > 1);
  CHECK(label({1, 0.5}) == "TOO SHORT");
  CHECK(label({}) == "TOO SHORT");
  CHECK(label({1, 0.9, 0.8}) == "CLIMBING");
}

TEST_CASE("Solved needs two evaluations running and the last", "[convergence]") {
  const std::vector<double> flat(5, 1.0);
  const auto of = [&](const std::vector<double>& accuracies) {
    return convergence(record(flat, accuracies), 0.95, 0.7);
  };
  const auto solved = of({.5, .96, .94, .95, .97});
  CHECK(solved.label == Label::solved);
  CHECK(solved.solved_step == 400);
  CHECK(solved.lift_step == 200);
  CHECK(!solved.lost);
  const auto lost = of({.5, .96, .96, .95, .6});
  CHECK(lost.label == Label::stalled);
  CHECK(lost.lost);
  CHECK(lost.solved_step == 200);
  const auto once = of({.5, .85, .86, .5, .96});  // lift-off is above (0.7 + 1) / 2
  CHECK(!once.solved_step);
  CHECK(!once.lost);
  CHECK(once.lift_step == 300);
}

TEST_CASE("A record that is not finite or not in order is refused", "[convergence]") {
  auto broken = record({1, 1, 1});
  broken[1].train_loss = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [&] { return test::refusal([&] { convergence(broken, 0.9, 0.5); }); };
  CHECK(refused().find("step 200 is not finite") != std::string::npos);
  broken[1] = {100, 1, 0.5};
  CHECK(refused().find("step 100 does not come after") != std::string::npos);
}
