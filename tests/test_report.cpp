// test_report.cpp: the report says what the records say, and needs nothing else.

#include <regex>

#include "base/check.hpp"
#include "plots/panels.hpp"
#include "plots/report.hpp"
#include "plots/report_sections.hpp"
#include "plots/report_words.hpp"
#include "tests/catch.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

bool holds(const std::string& text, const std::string& part) { return count(text, part) > 0; }

std::vector<Rung> indirect_rungs() {
  std::vector<RecordedFloor> floors;
  for (const auto& floor : test::synthetic_floors("indirect")) {
    floors.push_back({floor["view"], floor["accuracy"], 0, floor["plateau"]});
  }
  return rungs_of(floors);
}

}  // namespace

TEST_CASE("Floors of one score share a rung, lowest first", "[report]") {
  const auto rungs = indirect_rungs();
  REQUIRE(rungs.size() == 7);
  CHECK(rungs.front().view == "nothing");
  CHECK(rungs[2].view == "best fixed distance from the end / shift, not source");
  CHECK(rungs[5].plateau);
  CHECK(rungs[5].view.find("what plateau, high") == 0);
  CHECK(rungs.back().accuracy == 1);
}

TEST_CASE("A floor is beaten when the whole interval lies above it", "[report]") {
  const auto rungs = indirect_rungs();
  // Wilson of 1475 of 2048 is [.7003, .7392]: around the plateau of .7154
  CHECK(highest_beaten(rungs, wilson(1475, 2048))->accuracy == 0.4308);
  // of 1510: [.7178, .7560]
  CHECK(highest_beaten(rungs, wilson(1510, 2048))->plateau);
  CHECK(highest_beaten(rungs, wilson(0, 2048)) == nullptr);
  const std::vector<Rung> sampled = {{"sampled", 0.7, 0.01, false}};
  CHECK(highest_beaten(sampled, {0.715, 0.8}) == nullptr);  // .7 + 1.96 x .01 = .7196
  CHECK(highest_beaten(sampled, {0.72, 0.8}) != nullptr);
}

TEST_CASE("The report has every run, floor and command", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 2);
  const auto page = report_page(read_report_data(folder.path()));
  for (const auto* part : {"where-back", "what-tag", "indirect", "pope delta=zero", "PLATEAU"}) {
    CHECK(holds(page, part));
  }
  CHECK(count(page, "whatwhere train --task") == 18);
  CHECK(holds(page, "not solved within 1,500 steps (climbing)"));
  CHECK(holds(page, "not solved within 1,500 steps (stalled)"));
  CHECK(holds(page, "SOLVED at step 1,000"));
  CHECK(holds(page, "is not \u201ccannot\u201d"));
  CHECK(holds(page, "a &lt;machine&gt; &amp; more"));
  CHECK_FALSE(holds(page, "a <machine>"));
  CHECK_FALSE(holds(page, "can't show a spread"));
}

TEST_CASE("The report needs no script and no network", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 1);
  const auto page = report_page(read_report_data(folder.path()));
  CHECK_FALSE(holds(page, "<script"));
  CHECK_FALSE(holds(page, "src="));
  CHECK_FALSE(holds(page, "@import"));
  CHECK(count(page, "http") == count(page, "http://www.w3.org/2000/svg"));
  CHECK(std::regex_search(page, std::regex("href=\"#[a-z]+\"")));
  CHECK_FALSE(std::regex_search(page, std::regex("href=\"[^#]")));
  CHECK(holds(page, "can't show a spread"));
}

TEST_CASE("Colours of arms are the same in every task", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic(folder.path(), {.task = "indirect", .arm = "alibi"});
  test::write_synthetic(folder.path(), {.task = "indirect", .arm = "rope"});
  test::write_synthetic(folder.path(), {.task = "what-tag", .arm = "rope"});
  const auto data = read_report_data(folder.path());
  REQUIRE(data.tasks.size() == 2);
  CHECK(data.tasks[0].arms[1].colour == data.tasks[1].arms[0].colour);
  CHECK(data.tasks[0].arms[0].colour != data.tasks[0].arms[1].colour);
}

TEST_CASE("Runs with other budgets are other arms", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic(folder.path(), {.seed = 1});
  test::write_synthetic(folder.path(), {.seed = 2, .steps = 6000});
  const auto data = read_report_data(folder.path());
  REQUIRE(data.tasks.at(0).arms.size() == 2);
  CHECK(data.tasks[0].arms[0].name == "rope, 1500 steps");
}

TEST_CASE("A run without closing line is shown as unfinished", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic(folder.path(), {.closed = false});
  const auto data = read_report_data(folder.path());
  CHECK(outcome(data.runs.at(0)) == "unfinished: last evaluation at step 1,500");
  CHECK(steps_to_solve(data.tasks.at(0).arms.at(0)) == "\u2013");
  CHECK(holds(report_page(data), "unfinished"));
}

TEST_CASE("Steps to solve count a run that did not solve as the budget", "[report]") {
  const auto run = [](std::optional<int64_t> solved) {
    RunRecord record;
    record.closing =
        Closing{.steps = 4000, .solved_step = solved, .stopped = "budget", .label = ""};
    return record;
  };
  const auto a = run(1000), b = run(2000), c = run(std::nullopt), d = run(std::nullopt);
  Arm arm{.name = "a", .colour = {}, .steps = 4000, .runs = {&a, &b, &c, &d}};
  CHECK(steps_to_solve(arm) == "mean 2,750; median >\u00a04,000 [1,000, >\u00a04,000]");
  CHECK(solve_count(arm) == std::pair<int64_t, int64_t>{2, 4});
  arm.runs = {&b};
  CHECK(steps_to_solve(arm) == "2,000");
  arm.runs = {&c, &d};
  CHECK(steps_to_solve(arm) == ">\u00a04,000");
}

TEST_CASE("The learning curves have a dot an evaluation", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 2);
  const auto html = report_curves(read_report_data(folder.path())).str();
  CHECK(count(html, "<circle") == 3 * 3 * 2 * 6);
  CHECK(holds(html, "rope, seed 2, step 500: "));
}

TEST_CASE("Pointer errors appear only for tasks that have them", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic(folder.path(), {.task = "what-tag"});
  CHECK(report_errors(read_report_data(folder.path())).empty());
  test::write_synthetic(folder.path(), {.task = "indirect", .final = 0.5});
  const auto html = report_errors(read_report_data(folder.path())).str();
  CHECK(holds(html, "rope, source copied: 20.0 % of all answers"));  // .4 of the wrong half
  CHECK_FALSE(holds(html, "what-tag"));
}

TEST_CASE("Gates are shown where there are any, and refused where they are damaged", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic(folder.path(), {});
  CHECK(report_gates(read_report_data(folder.path())).empty());
  write_file(folder / "gates.json",
             R"([{"task":"indirect","gate":"oracle","measured":0.25,"passed":false}])");
  const auto html = report_gates(read_report_data(folder.path())).str();
  CHECK(holds(html, "0.25"));
  CHECK(holds(html, "<strong>NO</strong>"));
  for (const auto& [text, words] :
       {std::pair{"[{]", "gates.json: is damaged at byte 3"}, {"[{}]", "gates.json: is no list"}}) {
    write_file(folder / "gates.json", text);
    CHECK(holds(test::refusal([&] { read_report_data(folder.path()); }), words));
  }
}

TEST_CASE("The same folder gives the same report", "[report]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 1);
  write_report(folder.path(), folder / "a.html");
  write_report(folder.path(), folder / "b.html");
  CHECK(read_file(folder / "a.html") == read_file(folder / "b.html"));
}

TEST_CASE("Labels spread out without covering each other", "[report]") {
  const auto places = spread({50, 52, 10, 98}, {10, 10, 10, 10}, 0, 100);
  CHECK(places == std::vector<double>{50, 60, 10, 95});
  const auto low = spread({99, 98, 97}, {10, 10, 10}, 0, 100);
  CHECK(low == std::vector<double>{95, 85, 75});
}
