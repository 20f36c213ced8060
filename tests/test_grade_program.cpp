// test_grade_program.cpp: `export`, another program, `grade`, `report`, as a person runs them.

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "plots/report.hpp"
#include "plots/report_words.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/python.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

std::string exported(const std::string& words) {
  const auto ran = test::run_program("export " + words + " -o -");
  REQUIRE(ran.status == 0);
  return ran.output;
}

/// The answers that the lines of an export have themselves, below its first line.
std::string true_answers(const std::string& lines) {
  std::istringstream all(lines);
  std::string answers, line;
  std::getline(all, line);
  answers = line + "\n";
  while (std::getline(all, line)) {
    const auto json = nlohmann::json::parse(line);
    answers += nlohmann::json{{"index", json["index"]}, {"answer", json["answer"]}}.dump() + "\n";
  }
  return answers;
}

nlohmann::json graded_json(const std::string& words, const std::string& file) {
  const auto ran = test::run_program("grade " + words + " --json " + file);
  REQUIRE(ran.status == 0);
  return nlohmann::json::parse(ran.output);
}

/// The shell block of a page of docs/ that holds `mark`.
std::string python_block(const std::string& page, const std::string& mark) {
  const auto text = read_file(test::source_root() / "docs" / page);
  const auto at = text.find(mark);
  REQUIRE(at != std::string::npos);
  const auto begin = text.rfind("```python\n", at) + 10;
  return text.substr(begin, text.find("```", begin) - begin);
}

}  // namespace

TEST_CASE("The answers of an export itself are all right, from a file and standard input",
          "[grade][cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "answers.jsonl").string();
  for (const auto* const words : {"where-back --count 200 --split val",
                                  "what-tag --count 200 --preset paper --queries 3",
                                  "indirect --count 200 --reach 2 --seed 9"}) {
    INFO(words);
    write_file(file, true_answers(exported(words)));
    const auto json = graded_json(words, file);
    CHECK(json["accuracy"] == 1);
    CHECK(json["right"] == json["asked"]);
    CHECK(json["interval"][0] > 0.98);
    for (const auto& floor : json["floors"]) CHECK(floor["beaten"] == (floor["accuracy"] < 0.98));
    const auto text = test::run_program("grade " + std::string(words) + " " + file).output;
    CHECK_THAT(text, Contains("100.0 % [") && Contains("yes  nothing"));
    CHECK_THAT(text, Contains("highest floor beaten: ") && !Contains("beaten: none"));
    const auto piped = "cat " + file + " | " WW_PROGRAM " grade " + words + " - 2>/dev/null";
    CHECK(test::run_shell(piped).output == text);
    CHECK(test::run_program("grade " + std::string(words) + " " + file, "2>&1")
              .output.find("first line") == std::string::npos);
  }
}

TEST_CASE("The table of grades says what its JSON says", "[grade][cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "answers.jsonl").string();
  std::string answers;
  for (int i = 0; i < 300; ++i)
    answers += fmt::format("{{\"index\": {}, \"answer\": [{}]}}\n", i, i % 16);
  write_file(file, answers);
  const auto words = "indirect --count 300 " + file;
  const auto json = graded_json("indirect --count 300", file);
  const auto text = test::run_program("grade " + words).output;
  CHECK(json["asked"] == 300);
  CHECK_THAT(text, Contains(share_with_interval(json["right"], 300)));
  CHECK_THAT(text, Contains("the same, where the shift is not 0") && Contains("<- plateau"));
  CHECK(json["off_zero"]["asked"] < 300);
  for (const auto* const slice : {"n", "shift", "source", "target", "distance"}) {
    CHECK(json["slices"].contains(slice));
    CHECK_THAT(text, Contains(std::string("by ") + slice + "\n"));
  }
  int64_t wrong = 0, off = json["pointer_errors"]["absent"];
  for (const auto& [name, count] : json["pointer_errors"].items()) {
    CHECK_THAT(text, Contains(name));
    wrong += count.get<int64_t>();
  }
  for (const auto& each : json["places_off"]) off += each["count"].get<int64_t>();
  CHECK(wrong == 300 - json["right"].get<int64_t>());
  CHECK(off == wrong);
  CHECK_THAT(test::run_program("grade " + words, "2>&1").output, Contains("note: " + file));
}

TEST_CASE("Answers to another export, or too few, are refused in one line", "[grade][cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "answers.jsonl").string();
  write_file(file, true_answers(exported("indirect --count 20 --seed 3")));
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"indirect --seed 4", "\"seed\" is 3 there and 4 by the options here"},
      {"indirect --seed 3 --split val", "\"split\" is \"train\" there and \"val\""},
      {"indirect --seed 3 --reach 2", "\"text\" is \"indirect A=16 n=8..12 S=1"},
      {"indirect --seed 3 --queries 2", "\"queries\" is 1 there and 2"},
      {"indirect --seed 3 --count 30", "\"count\" is 20 there and 30"},
      {"what-tag --seed 3", "to another export: "},
      {"indirect --seed 3 --count 0", "--count must be at least 1"},
      {"indirect --seed 3 --name mine", "--name needs --arm"},
      {"indirect --seed 3 --arm " + (folder / "arm").string(), "must be to the test split"}};
  for (const auto& [words, sentence] : wrong) {
    INFO(words);
    CHECK_THAT(test::refused_program("grade " + words + " " + file), Contains(sentence));
  }
  CHECK(test::run_program("grade indirect --seed 3 " + file).status == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "arm"));
  CHECK_THAT(test::refused_program("grade indirect"), Contains("answers"));
  CHECK_THAT(test::refused_program("grade indirect " + (folder / "none").string()),
             Contains("none: cannot be read"));
}

TEST_CASE("Graded answers stand in a report beside trained runs, with nothing made up",
          "[grade][cli][report]") {
  const test::TemporaryFolder folder;
  const auto runs = folder.path().string();
  REQUIRE(test::run_program("train --task indirect --encoding nope --steps 2 --test-answers 64 "
                            "--validation-answers 64 -o " +
                            runs + "/nope")
              .status == 0);
  write_file(folder / "a.jsonl", true_answers(exported("indirect --count 200 --split test")));
  const auto words = "grade indirect --split test " + runs + "/a.jsonl --arm " + runs;
  REQUIRE(test::run_program(words + "/mine").status == 0);
  REQUIRE(test::run_program(words + "/other --name nope").status == 0);
  CHECK_THAT(test::refused_program(words + "/mine"), Contains("mine: exists already"));
  const auto data = read_report_data(folder.path());
  REQUIRE(data.tasks.size() == 1);
  const auto& arms = data.tasks[0].arms;
  REQUIRE(arms.size() == 3);
  CHECK(arms[0].name == "mine");
  CHECK(arms[1].name == "nope, not trained here");
  CHECK(arms[2].name == "nope");
  for (const auto& arm : arms) {
    CHECK(arm.trained == (arm.name == "nope"));
    if (arm.trained) continue;
    CHECK(arm.answers() == std::pair<int64_t, int64_t>{200, 200});
    CHECK(outcome(*arm.runs[0]) == "not trained here");
    CHECK(run_name(arm, *arm.runs[0]) == arm.name);
    CHECK(solve_count(arm) == std::pair<int64_t, int64_t>{0, 0});
  }
  const auto page = report_page(data);
  CHECK_THAT(page, Contains("not trained here") && Contains("whatwhere grade indirect"));
  CHECK_THAT(page, Contains("Some arms were not trained here"));
  CHECK_THAT(page, !Contains("mine, seed") && !Contains("0 steps"));
}

TEST_CASE("A report of graded answers alone has no curve, no cost and no budget",
          "[grade][cli][report]") {
  const test::TemporaryFolder folder;
  for (const auto* const task : {"where-back", "what-tag", "indirect"}) {
    const auto file = (folder / "a.jsonl").string();
    write_file(file,
               true_answers(exported(std::string(task) + " --count 100 --split test --queries 2")));
    REQUIRE(test::run_program(fmt::format("grade {} --split test --queries 2 {} --arm {}/{}",
                                          task,
                                          file,
                                          folder.path().string(),
                                          task))
                .status == 0);
  }
  const auto page = report_page(read_report_data(folder.path()));
  for (const auto* const part :
       {"where-back", "what-tag", "indirect", "not trained here", "100.0 %"}) {
    CHECK_THAT(page, Contains(part));
  }
  CHECK_THAT(page, !Contains("Learning curves") && !Contains("nan") && !Contains("<td>0</td>"));
}

TEST_CASE("The sketch of a reader in the documents masks and answers as it should",
          "[grade][python]") {
  if (!test::python_has("json")) return test::skip("no Python in .venv");
  const test::TemporaryFolder folder;
  const auto words = std::string("what-tag --count 60 --queries 3 --split test");
  write_file(folder / "questions.jsonl", exported(words));
  const std::string model = R"(
def model(tokens, position, sees):
    rows = []
    for i in range(len(tokens)):
        seen = [symbols[tokens[j]] for j in range(len(tokens)) if sees[i][j]]
        value = next((s[len(seen[-1]):] for s in seen[:-1] if s.startswith(seen[-1])), "_")
        rows.append([s == value for s in symbols])
        assert position[i] == len(seen) - 1
    return rows
)";
  const auto script = "import os, sys\nos.chdir(sys.argv[1])\n" + model +
                      python_block("files.md", "answers.jsonl\", \"w\"");
  REQUIRE(test::run_python(script, {folder.path().string()}));
  CHECK(graded_json(words, (folder / "answers.jsonl").string())["accuracy"] == 1);
}
