// test_gates.cpp: the gates pass for every task, and each can be failed.

#include "base/philox.hpp"
#include "tasks/gates.hpp"
#include "tasks/indirect.hpp"
#include "tasks/presets.hpp"
#include "tests/catch.hpp"

using namespace ww;

TEST_CASE("Every task passes its gates", "[gates]") {
  for (const auto& row : tasks()) {
    for (const char* preset : {"smoke", "cpu", "paper"}) {
      const bool small = std::string(preset) != "paper";
      const auto task = row.make(preset, {});
      for (const auto& gate : task_gates(*task, {.guessed = small ? 200'000 : 20'000})) {
        INFO(task->text() << ": " << gate.name << ": " << gate.measured);
        CHECK(gate.passed);
      }
    }
  }
}

TEST_CASE("Indirect passes its gates in every spelling and redraw", "[gates]") {
  for (const char* query : {"fused", "ck", "paper", "unary"}) {
    for (const char* redraw : {"pair", "shift"}) {
      const auto task = make_task(
          "indirect", "gpu-small", {{"query", query}, {"redraw", redraw}, {"zero", "false"}});
      for (const auto& gate : task_gates(*task, {.questions = 2'000, .guessed = 20'000})) {
        INFO(task->text() << ": " << gate.name << ": " << gate.measured);
        CHECK(gate.passed);
      }
    }
  }
}

/// Indirect with one lie, chosen by name.
class Broken final : public Task {
 public:
  explicit Broken(std::string lie) : lie_(std::move(lie)) {}
  std::string text() const override { return inner_.text(); }
  int version() const override { return 1; }
  const std::vector<std::string>& vocabulary() const override { return inner_.vocabulary(); }
  int labels() const override { return inner_.labels(); }
  Shape draw_shape(Draw& draw, int queries) const override {
    return inner_.draw_shape(draw, queries);
  }
  Sample draw_sample(const Shape& shape, Draw& draw) const override {
    auto sample = inner_.draw_sample(shape, draw);
    const bool first = sample.queries[0].answer == 0;
    return lie_ == "labels" && first ? inner_.draw_sample(shape, draw) : sample;
  }
  std::vector<Floor> floors() const override {
    auto floors = inner_.floors();
    if (lie_ == "floors") floors[3].accuracy += 0.05;
    return floors;
  }
  std::vector<int32_t> candidates(size_t floor,
                                  const Sample& sample,
                                  const Query& query) const override {
    return inner_.candidates(floor, sample, query);
  }
  int32_t solve(std::span<const int32_t> string, std::span<const int32_t> block) const override {
    return lie_ == "oracle" && string[0] == 3 ? 3 : inner_.solve(string, block);
  }
  std::vector<Invariance> invariances() const override {
    auto rules = inner_.invariances();
    if (lie_ == "invariances") {
      rules.push_back({"no string starts with the letter d",
                       [](const Sample& sample, Draw&) { return sample.string[0] != 3; }});
    }
    return rules;
  }
  bool symbols_are_distinct() const override { return true; }

 private:
  std::string lie_;
  Indirect inner_{Indirect::Options{}};
};

TEST_CASE("Each gate fails where its rule is broken, and no other does", "[gates]") {
  for (const std::string lie : {"oracle", "labels", "invariances", "floors"}) {
    for (const auto& gate : task_gates(Broken(lie), {.guessed = 20'000})) {
      INFO(lie << ": " << gate.name << ": " << gate.measured);
      CHECK(gate.passed == (gate.name != lie));
    }
  }
}
