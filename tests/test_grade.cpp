// test_grade.cpp: another program's answers are graded as our models' are, in every task.

#include <ATen/ATen.h>

#include <cmath>
#include <functional>

#include "base/philox.hpp"
#include "base/statistics.hpp"
#include "models/evaluate.hpp"
#include "models/grade.hpp"
#include "tasks/presets.hpp"
#include "tests/catch.hpp"
#include "tests/small_run.hpp"

using namespace ww;

namespace {

using Tokens = std::vector<std::vector<int32_t>>;

Questions questions_of(const TaskRow& row, const std::string& preset, int queries, int64_t count) {
  return {row.name, row.make(preset, {}), {.split = Split::test, .queries = queries}, count};
}

/// What `answer` says to each question.
Tokens answered(const Questions& questions,
                const std::function<int32_t(uint64_t, const Sample&, const Query&)>& answer) {
  Tokens all;
  for (uint64_t i = 0; i < static_cast<uint64_t>(questions.count); ++i) {
    const auto sample = sample_at(*questions.task, questions.stream, i);
    auto& tokens = all.emplace_back();
    for (const auto& query : sample.queries) tokens.push_back(answer(i, sample, query));
  }
  return all;
}

int32_t truth(uint64_t, const Sample&, const Query& query) { return query.answer; }

int64_t sum(const std::map<std::string, int64_t>& counts) {
  int64_t all = 0;
  for (const auto& [name, count] : counts) all += count;
  return all;
}

}  // namespace

TEST_CASE("The true answers are graded 1 and beat every floor below 1, in every task", "[grade]") {
  const auto queries = GENERATE(1, 3);
  for (const auto& row : tasks()) {
    for (const auto* const preset : {"smoke", "paper"}) {
      DYNAMIC_SECTION(row.name << " " << preset << " " << queries) {
        const auto questions = questions_of(row, preset, queries, 600);
        const auto graded = grade(questions, answered(questions, truth));
        CHECK(graded.grades.total.asked == 600 * queries);
        CHECK(graded.grades.total.accuracy() == 1);
        CHECK(graded.floors.size() == questions.task->floors().size());
        CHECK(graded.off_zero.size() == questions.task->floors_off_zero().size());
        for (const auto& floors : {graded.floors, graded.off_zero}) {
          for (const auto& [floor, beaten] : floors) CHECK(beaten == (floor.accuracy < 0.999));
        }
        CHECK(sum(graded.grades.pointer_errors) == 0);
        CHECK(places_off(graded.grades).empty());
        for (const auto& [name, values] : graded.grades.slices) {
          int64_t asked = 0;
          for (const auto& [value, tally] : values) {
            CHECK(tally.right == tally.asked);
            asked += tally.asked;
          }
          CHECK(asked == 600 * queries);
        }
      }
    }
  }
}

TEST_CASE("A floor's own strategy scores that floor and does not beat it", "[grade]") {
  constexpr int64_t N = 4000;
  for (const auto& row : tasks()) {
    const auto questions = questions_of(row, "smoke", 1, N);
    const auto floors = questions.task->floors();
    const auto filler = static_cast<int32_t>(questions.task->vocabulary().size()) - 1;
    for (size_t f = 0; f < floors.size(); ++f) {
      DYNAMIC_SECTION(row.name << ", " << floors[f].view) {
        const auto answers = answered(questions, [&](uint64_t i, const auto& sample, auto& query) {
          const auto among = questions.task->candidates(f, sample, query);
          Draw draw(1, i, fnv32("strategy"));  // one seed: a twentieth of seeds beat some floor
          return among.empty() ? filler : among[draw.below(static_cast<uint32_t>(among.size()))];
        });
        const auto graded = grade(questions, answers);
        const double p = floors[f].accuracy;
        CHECK(std::abs(graded.grades.total.accuracy() - p) <=
              4 * std::sqrt(std::max(0.0, p * (1 - p)) / N) + 1e-12);
        CHECK_FALSE(graded.floors[f].beaten);
      }
    }
  }
}

TEST_CASE("Answers from the place beside the right one are one place off, all of them", "[grade]") {
  for (const auto& row : tasks()) {
    const auto questions = questions_of(row, "paper", 2, 300);
    if (!questions.task->symbols_are_distinct()) continue;
    DYNAMIC_SECTION(row.name) {
      int64_t before = 0;  // after the target where there is a place
      const auto beside = [&](uint64_t, const Sample& sample, const Query& query) {
        const bool last = query.target + 1 == static_cast<int>(sample.string.size());
        before += last;
        return sample.string[query.target + (last ? -1 : 1)];
      };
      const auto graded = grade(questions, answered(questions, beside));
      CHECK(graded.grades.total.right == 0);
      CHECK(before > 0);
      CHECK(places_off(graded.grades) == std::map<int, int64_t>{{-1, before}, {1, 600 - before}});
      const auto& errors = graded.grades.pointer_errors;
      CHECK(sum(errors) == 600);
      CHECK(errors.at("off by one") + errors.at("source copied") == 600);
    }
  }
}

TEST_CASE("A model's answers from outside have the grades of its own evaluation", "[grade]") {
  const auto run = resolve(test::small_run("", "nope").run);
  Decoder model(run.model);
  model.parameters().initialise(5, run.model.width, run.model.layers);
  const auto own = evaluate(model, run, Split::val, 200);
  const Questions questions{run.options.task, run.task, {.split = Split::val}, 200};
  Tokens answers;
  for (uint64_t i = 0; i < 200; ++i) {
    const auto sample = sample_at(*run.task, questions.stream, i);
    std::vector<int64_t> ids(sample.string.begin(), sample.string.end());
    ids.insert(ids.end(), sample.queries[0].tokens.begin(), sample.queries[0].tokens.end());
    const auto T = static_cast<int64_t>(ids.size());
    const auto tokens = at::tensor(ids, at::kLong).view({1, T});
    const auto logits = model.forward({tokens, at::arange(T), {}, {}})[0][-1];
    answers.push_back({logits.argmax().item<int32_t>()});
  }
  const auto graded = grade(questions, answers);
  CHECK(graded.grades.total.right == own.total.right);
  CHECK(slices_to_json(graded.grades) == slices_to_json(own));
  CHECK(graded.grades.pointer_errors == own.pointer_errors);
  CHECK(graded.grades.shift_table == own.shift_table);
}

TEST_CASE("A share beats a floor that lies below the ends of Wilson's interval", "[grade]") {
  constexpr double z = 1.959964;
  for (const int64_t right : {0, 1, 357, 999, 1000}) {
    const auto interval = wilson(right, 1000);
    const double share = static_cast<double>(right) / 1000;
    for (const double end : {interval.low, interval.high}) {  // the roots of the score test
      CHECK((share - end) * (share - end) == Approx(z * z * end * (1 - end) / 1000).margin(1e-15));
    }
    CHECK(beats(interval, interval.low - 1e-9, 0));
    CHECK_FALSE(beats(interval, interval.low, 0));
    CHECK_FALSE(beats(interval, interval.low - 1e-3, 1e-3));
  }
}

TEST_CASE("No two symbols of a vocabulary are alike, so that a symbol is an answer", "[grade]") {
  for (const auto& row : tasks()) {
    for (const auto& preset : preset_names()) {
      for (const auto* const query : {"", "fused", "ck", "paper", "unary"}) {
        if (*query != '\0' && std::string(row.name) != "indirect") continue;
        const auto task =
            row.make(preset, *query == '\0' ? TaskOverrides() : TaskOverrides{{"query", query}});
        auto symbols = task->vocabulary();
        std::ranges::sort(symbols);
        CHECK(std::ranges::adjacent_find(symbols) == symbols.end());
      }
    }
  }
}
