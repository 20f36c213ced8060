// test_tasks.cpp: what every row of the tasks table keeps, and each task's own examples.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/philox.hpp"
#include "tasks/batch.hpp"
#include "tasks/indirect.hpp"
#include "tasks/presets.hpp"
#include "tests/catch.hpp"

using namespace ww;

/// The id of a symbol; fails where the vocabulary has it not exactly once.
static int32_t id(const Task& task, const std::string& symbol) {
  const auto& names = task.vocabulary();
  REQUIRE(std::count(names.begin(), names.end(), symbol) == 1);
  return static_cast<int32_t>(std::find(names.begin(), names.end(), symbol) - names.begin());
}

static std::vector<int32_t> ids(const Task& task, const std::vector<std::string>& symbols) {
  std::vector<int32_t> all;
  for (const auto& symbol : symbols) all.push_back(id(task, symbol));
  return all;
}

/// The oracle's answer in symbols.
static std::string answer(const Task& task,
                          const std::vector<std::string>& string,
                          const std::vector<std::string>& block) {
  const auto solved = task.solve(ids(task, string), ids(task, block));
  return solved < 0 ? "none" : task.vocabulary()[solved];
}

TEST_CASE("The oracle answers the drawn examples of every task", "[tasks]") {
  const std::vector<std::string> letters = {"c", "a", "a", "d", "b"};
  const auto back = make_task("where-back", "smoke", {{"n", "5..8"}, {"places", "5"}});
  CHECK(answer(*back, letters, {".2"}) == "a");
  CHECK(answer(*back, letters, {".0"}) == "b");
  CHECK(answer(*back, letters, {".4"}) == "c");
  CHECK(answer(*back, letters, {"a"}) == "none");
  const auto tag = make_task("what-tag", "smoke");
  CHECK(answer(*tag, {"b4", "d1", "a7"}, {"d"}) == "1");
  CHECK(answer(*tag, {"b4", "d1", "a7"}, {"c"}) == "none");
  CHECK(answer(*tag, {"b4", "d1", "a7"}, {"d1"}) == "none");
}

TEST_CASE("Every spelling of a shift is read as the same question", "[tasks]") {
  const std::vector<std::string> string = {"T", "z", "b", "k", "W", "o", "K", "y", "D", "s",
                                           "c", "B", "e", "p", "Y", "v", "f", "w", "x", "E"};
  const auto of = [](const char* query) {
    return make_task("indirect", "paper", {{"query", query}});
  };
  CHECK(answer(*of("fused"), string, {"(c-8)"}) == "b");
  CHECK(answer(*of("ck"), string, {"c", "-8"}) == "b");
  CHECK(answer(*of("ck"), string, {"c", "+0"}) == "c");
  CHECK(answer(*of("paper"), string, {",", "c", ",", "-", "8", ","}) == "b");
  CHECK(answer(*of("paper"), string, {",", "c", ",", "-", "1", "0", ","}) == "T");
  CHECK(answer(*of("paper"), string, {",", "c", ",", "+", "0", ","}) == "c");
  CHECK(answer(*of("unary"), string, {"c", "-", "-", "-", "="}) == "y");
  CHECK(answer(*of("unary"), string, {"c", "+", "="}) == "B");
  CHECK(answer(*of("unary"), string, {"c", "="}) == "c");
}

TEST_CASE("A block that asks nothing has no answer", "[tasks]") {
  const std::vector<std::string> string = {"q", "e", "o", "h", "u"};
  const auto task = [](const char* query) {
    return make_task("indirect", "paper", {{"query", query}});
  };
  for (const auto& block :
       std::vector<std::vector<std::string>>{{",", "o", ",", "-", "0", ","},
                                             {",", "o", ",", "+", "0", "1", ","},
                                             {",", "o", ",", "+", ","},
                                             {",", "o", ",", "+", "o", ","},
                                             {"o", "o", ",", "+", "1", ","},
                                             {",", "a", ",", "+", "1", ","},
                                             {",", "o", ",", "+", "3", ","},
                                             {",", "o", ",", "+", "1", "6", ","}}) {
    CHECK(answer(*task("paper"), string, block) == "none");
  }
  CHECK(answer(*task("unary"), string, {"o", "-", "+", "="}) == "none");
  CHECK(answer(*task("unary"), string, {"o", "="}) == "o");
  CHECK(answer(*task("ck"), string, {"o", "o"}) == "none");
  CHECK(answer(*task("ck"), string, {"o"}) == "none");
  CHECK(task("ck")->solve(ids(*task("ck"), string), {}) == -1);
}

TEST_CASE("Vocabularies hold what a task uses, in order, the filler last", "[tasks]") {
  const auto names = [](const char* task, const TaskOverrides& overrides) {
    return make_task(task, "smoke", overrides)->vocabulary();
  };
  using Names = std::vector<std::string>;
  CHECK(names("where-back", {{"letters", "3"}, {"n", "2"}, {"places", "2"}}) ==
        Names{"a", "b", "c", ".0", ".1", "_"});
  CHECK(names("what-tag", {{"keys", "2"}, {"values", "2"}, {"n", "2"}}) ==
        Names{"0", "1", "a0", "a1", "b0", "b1", "a", "b", "_"});
  const TaskOverrides two = {{"letters", "2"}, {"n", "2"}};
  const auto with = [&](const char* query) {
    auto overrides = two;
    overrides["query"] = query;
    return names("indirect", overrides);
  };
  CHECK(with("fused") ==
        Names{"a", "b", "(a-1)", "(a+0)", "(a+1)", "(b-1)", "(b+0)", "(b+1)", "_"});
  CHECK(with("ck") == Names{"a", "b", "-1", "+0", "+1", "_"});
  CHECK(with("paper") ==
        Names{"a", "b", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ",", "+", "-", "_"});
  CHECK(with("unary") == Names{"a", "b", "+", "-", "=", "_"});
  const auto many = names("indirect", {{"letters", "54"}});
  CHECK(many[51] == "Z");
  CHECK(many[53] == "{53}");
}

TEST_CASE("The text of a task states every option in fixed order", "[tasks]") {
  const auto text = [](const char* task, const char* preset, const TaskOverrides& overrides = {}) {
    return stream_text(*make_task(task, preset, overrides), {.cohort = 32});
  };
  CHECK(text("indirect", "cpu") ==
        "indirect A=16 n=8..12 S=1 query=ck zero=1 redraw=pair hold=none G=32 v=1");
  CHECK(text("indirect", "paper", {{"zero", "false"}, {"redraw", "shift"}, {"n", "30"}}) ==
        "indirect A=52 n=30 S=15 query=paper zero=0 redraw=shift hold=none G=32 v=1");
  CHECK(text("where-back", "gpu-small") == "where-back A=26 n=12..20 K=11 G=32 v=1");
  CHECK(text("what-tag", "paper") == "what-tag keys=52 V=26 n=20..40 G=32 v=1");
}

TEST_CASE("Every task has every preset, and its oracle agrees with its draws", "[tasks]") {
  for (const auto& row : tasks()) {
    for (const auto& preset : preset_names()) {
      DYNAMIC_SECTION(row.name << ", " << preset) {
        const auto task = row.make(preset, {});
        const auto symbols = static_cast<int32_t>(task->vocabulary().size());
        CHECK(task->vocabulary().back() == "_");
        for (uint64_t i = 0; i < 500; ++i) {
          const auto sample = sample_at(*task, {.queries = 3}, i);
          REQUIRE(sample.queries.size() == 3);
          for (const auto& query : sample.queries) {
            REQUIRE(task->solve(sample.string, query.tokens) == query.answer);
            REQUIRE(query.answer < task->labels());
            for (const auto token : query.tokens) REQUIRE((token >= 0 && token < symbols - 1));
          }
          for (const auto token : sample.string) REQUIRE((token >= 0 && token < symbols - 1));
          if (!task->symbols_are_distinct()) continue;
          REQUIRE(std::set(sample.string.begin(), sample.string.end()).size() ==
                  sample.string.size());
        }
      }
    }
  }
}

/// How often each (n, source, shift) was asked in `count` samples.
static std::map<std::array<int, 3>, int> asked(const TaskOverrides& overrides, int count) {
  const auto task = make_task("indirect", "cpu", overrides);
  std::map<std::array<int, 3>, int> counts;
  for (int i = 0; i < count; ++i) {
    const auto sample = sample_at(*task, {}, i);
    const auto& query = sample.queries[0];
    ++counts[{static_cast<int>(sample.string.size()), query.source, query.shift}];
  }
  return counts;
}

TEST_CASE("Sources and shifts have the chances that the redraw rule gives them", "[tasks]") {
  const std::string query = GENERATE("fused", "paper", "unary");
  const std::string redraw = GENERATE("pair", "shift");
  const bool zero = GENERATE(true, false);
  constexpr int N = 60'000, n = 5, A = 6, S = 2;
  const auto counts = asked({{"n", "5..6"},
                             {"letters", "6"},
                             {"reach", "2"},
                             {"query", query},
                             {"redraw", redraw},
                             {"zero", zero ? "true" : "false"}},
                            N);
  const auto valid = [&](int source, int shift) {
    return source + shift >= 0 && source + shift < n && (zero || shift != 0);
  };
  int pairs = 0;
  std::array<int, n> shifts{};
  for (int s = 0; s < n; ++s) {
    for (int k = -S; k <= S; ++k) shifts[s] += valid(s, k);
    pairs += shifts[s];
  }
  int seen = 0;
  for (const auto& [key, count] : counts) {
    const auto [length, s, k] = key;
    if (length != n) continue;
    ++seen;
    REQUIRE(valid(s, k));
    const double p = 0.5 * (redraw == "pair" ? 1.0 / pairs : 1.0 / n / shifts[s]);
    CHECK(std::abs(count - N * p) < 5 * std::sqrt(N * p * (1 - p)));
  }
  CHECK(seen == pairs);
  CHECK(A >= n);
}

TEST_CASE("A question on one line is written as the paper writes it", "[tasks]") {
  const auto task = make_task("indirect", "paper");
  const auto string = ids(*task, {"N", "Z", "T", "U", "G", "I"});
  const auto block = ids(*task, {",", "N", ",", "+", "4", ","});
  CHECK(task->sentence(string, {.tokens = block, .answer = id(*task, "G")}) == "NZTUGI, N, +4, G");
  const auto tag = make_task("what-tag", "smoke");
  CHECK(tag->sentence(ids(*tag, {"b4", "d1"}),
                      {.tokens = {id(*tag, "d")}, .answer = id(*tag, "1")}) == "b4 d1 d -> 1");
}

/// The sentence with which a task is refused.
static std::string refused(const char* task, const TaskOverrides& overrides) {
  return test::refusal([&] { make_task(task, "smoke", overrides); });
}

TEST_CASE("Unknown names are refused with a list of what there is", "[tasks]") {
  CHECK(test::refusal([] { make_task("indirekt", "smoke"); }) ==
        "unknown task 'indirekt'; there are: where-back, what-tag, indirect");
  CHECK(test::refusal([] { make_task("indirect", "cpus"); }) ==
        "unknown preset 'cpus'; there are: smoke, cpu-fused, cpu, gpu-small, paper, paper-mq");
  CHECK(refused("where-back", {{"keys", "3"}}) ==
        "[where-back] has no option 'keys'; it has: letters, n, places");
  CHECK(refused("indirect", {{"query", "kc"}}) ==
        "--query must be one of fused, ck, paper, unary but got 'kc'");
}

TEST_CASE("Values that are none and sizes that cannot work are refused", "[tasks]") {
  const std::vector<std::pair<const char*, TaskOverrides>> wrong = {
      {"where-back", {{"letters", "many"}}},
      {"where-back", {{"letters", "1"}}},
      {"where-back", {{"letters", "513"}}},
      {"where-back", {{"letters", "99999999999"}}},
      {"where-back", {{"n", "12..8"}}},
      {"where-back", {{"n", "8..12x"}}},
      {"where-back", {{"n", "8.."}}},
      {"where-back", {{"n", ""}}},
      {"where-back", {{"n", "-3..4"}}},
      {"where-back", {{"n", "6..12"}}},
      {"where-back", {{"places", "9"}}},
      {"where-back", {{"places", "0"}}},
      {"what-tag", {{"n", "8..17"}}},
      {"what-tag", {{"values", "1"}}},
      {"indirect", {{"n", "8..17"}}},
      {"indirect", {{"reach", "8"}}},
      {"indirect", {{"reach", "0"}}},
      {"indirect", {{"zero", "maybe"}}},
      {"indirect", {{"redraw", "both"}}}};
  for (const auto& [task, overrides] : wrong) {
    const auto& [name, value] = *overrides.begin();
    INFO(task << " --" << name << " " << value);
    const auto sentence = refused(task, overrides);
    CHECK((sentence.starts_with("--" + name) || sentence.starts_with("[" + std::string(task))));
  }
}
