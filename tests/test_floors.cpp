// test_floors.cpp: floors equal the printed ladder to its last digit, and what solvers score.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tasks/bags.hpp"
#include "tasks/presets.hpp"
#include "tests/catch.hpp"

using namespace ww;

/// Percent, as printed in the ladder.
static std::vector<std::string> percents(const std::vector<Floor>& floors, int decimals) {
  std::vector<std::string> printed;
  for (const auto& floor : floors) {
    printed.push_back(fmt::format("{:.{}f}", 100 * floor.accuracy, decimals));
  }
  return printed;
}

static std::vector<std::string> ladder(const char* task,
                                       const char* preset,
                                       const TaskOverrides& overrides,
                                       int decimals) {
  return percents(make_task(task, preset, overrides)->floors(), decimals);
}

using Column = std::vector<std::string>;

TEST_CASE("The floors of indirect are the ladder's to the last digit", "[floors]") {
  const auto column = [](const char* preset, const TaskOverrides& overrides = {}) {
    return ladder("indirect", preset, overrides, 2);
  };
  const Column paper = {
      "1.92", "3.48", "4.21", "4.44", "4.88", "7.89", "8.89", "13.02", "18.76", "34.17", "69.76"};
  CHECK(column("paper") == paper);
  CHECK(column("paper-mq") == paper);
  CHECK(column("gpu-small") == Column{"3.85",
                                      "6.42",
                                      "7.84",
                                      "11.03",
                                      "7.84",
                                      "17.15",
                                      "22.07",
                                      "31.68",
                                      "31.68",
                                      "34.76",
                                      "66.21"});
  const Column cpu = {"6.25",
                      "10.21",
                      "10.97",
                      "35.77",
                      "10.97",
                      "43.08",
                      "71.54",
                      "100.00",
                      "100.00",
                      "35.77",
                      "71.54"};
  CHECK(column("cpu") == cpu);
  CHECK(column("smoke") == cpu);
  CHECK(column("cpu", {{"reach", "2"}}) == Column{"6.25",
                                                  "10.21",
                                                  "11.67",
                                                  "22.80",
                                                  "11.67",
                                                  "31.59",
                                                  "45.60",
                                                  "63.73",
                                                  "63.73",
                                                  "35.67",
                                                  "68.40"});
  CHECK(column("cpu", {{"reach", "3"}}) == Column{"6.25",
                                                  "10.21",
                                                  "12.44",
                                                  "17.33",
                                                  "12.44",
                                                  "26.74",
                                                  "34.66",
                                                  "48.44",
                                                  "48.44",
                                                  "35.70",
                                                  "69.33"});
}

TEST_CASE("Redrawing the shift alone moves the floors", "[floors]") {
  const auto all = ladder("indirect", "paper", {{"redraw", "shift"}}, 2);
  CHECK(all[3] == "4.59");   // source, not shift
  CHECK(all[4] == "5.92");   // best distance given the shift
  CHECK(all[5] == "8.03");   // low
  CHECK(all[6] == "9.17");   // high
  CHECK(all[7] == "13.32");  // sign
}

TEST_CASE("Answers whose shift is not 0 have floors of their own", "[floors]") {
  const auto column = [](const char* preset, const TaskOverrides& overrides = {}) {
    return percents(make_task("indirect", preset, overrides)->floors_off_zero(), 2);
  };
  const auto paper = column("paper");  // low, high, sign, digits, ..
  CHECK(Column(paper.begin(), paper.begin() + 4) == Column{"3.61", "4.65", "8.97", "14.98"});
  const char* high[] = {"55.69", "29.54", "20.97"};
  for (const int reach : {1, 2, 3}) {
    const auto cpu = column("cpu", {{"reach", fmt::to_string(reach)}});
    CHECK(cpu[0] == "11.39");
    CHECK(cpu[1] == high[reach - 1]);
  }
}

TEST_CASE("The floors of where-back and what-tag are the printed ones", "[floors]") {
  CHECK(ladder("where-back", "cpu", {}, 1) ==
        Column{"6.2", "19.6", "23.5", "25.0", "27.2", "41.4"});
  CHECK(ladder("what-tag", "cpu", {}, 1) == Column{"12.5", "30.4"});
}

TEST_CASE("Every ladder marks one plateau", "[floors]") {
  for (const auto& row : tasks()) {
    for (const auto& preset : preset_names()) {
      int plateaus = 0;
      for (const auto& floor : row.make(preset, {})->floors()) {
        plateaus += floor.plateau;
        CHECK((floor.accuracy > 0 && floor.accuracy <= 1 + 1e-12));
        CHECK(floor.standard_error == 0);
      }
      CHECK(plateaus == 1);
    }
  }
  const auto indirect = make_task("indirect", "paper")->floors();
  CHECK(indirect[6].plateau);
}

/// M(h, A) by going through all A^h bags.
static double mode_by_counting(int drawn, int symbols) {
  const int bags = static_cast<int>(std::lround(std::pow(symbols, drawn)));
  double total = 0;
  for (int bag = 0; bag < bags; ++bag) {
    std::vector<int> counts(symbols, 0);
    for (int i = 0, rest = bag; i < drawn; ++i, rest /= symbols) ++counts[rest % symbols];
    total += *std::max_element(counts.begin(), counts.end());
  }
  return total / bags;
}

TEST_CASE("The expected mode equals a count of every bag", "[floors]") {
  for (const int symbols : {2, 3, 5}) {
    for (const int drawn : {1, 2, 3, 4, 6}) {
      CHECK(expected_mode(drawn, symbols) ==
            Approx(mode_by_counting(drawn, symbols)).epsilon(1e-12));
    }
  }
  CHECK(most_frequent({3, 1, 2, 1, 3}) == 1);
  CHECK(most_frequent({7}) == 7);
}
