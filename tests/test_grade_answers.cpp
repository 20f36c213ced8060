// test_grade_answers.cpp: files of answers, in every form that is taken and every one that is not.

#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "models/questions.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// Three strings with two questions each; letters are 0 to 15, `a` to `p`; 65 tokens.
Questions three(int64_t count = 3) {
  return {"indirect", make_task("indirect", "smoke"), {.split = Split::test, .queries = 2}, count};
}

std::string first_line() { return export_header(three()).dump() + "\n"; }

Answers read_these(const std::string& text, int64_t count = 3) {
  return read_answers(text, "a.jsonl", three(count));
}

std::string refused_these(const std::string& text, int64_t count = 3) {
  return test::refusal([&] { read_these(text, count); });
}

const std::string kWhole =
    "{\"index\": 2, \"answer\": [4, 5]}\n"
    "{\"index\": 0, \"answer\": [0, \"b\"]}\n"
    "{\"answer\": [2, 3], \"index\": 1}\n";

}  // namespace

TEST_CASE("Answers are read in any order, as ids or symbols, with and without a first line",
          "[grade]") {
  const std::vector<std::vector<int32_t>> wanted = {{0, 1}, {2, 3}, {4, 5}};
  CHECK(read_these(kWhole).tokens == wanted);
  CHECK_FALSE(read_these(kWhole).named);
  CHECK(read_these(first_line() + kWhole).tokens == wanted);
  CHECK(read_these(first_line() + kWhole).named);
  CHECK(read_these(first_line() + kWhole, 0).tokens == wanted);  // as many as the first line says
  std::string breaks = "\n\r\n";
  for (const char c : kWhole) breaks += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(read_these(breaks + breaks.substr(0, 2)).tokens == wanted);
  CHECK(read_these(kWhole.substr(0, kWhole.size() - 1)).tokens == wanted);
  auto single = three(1);
  single.stream.queries = 1;
  const auto alone = read_answers("{\"index\": 0, \"answer\": \"c\"}", "a.jsonl", single);
  CHECK(alone.tokens == std::vector<std::vector<int32_t>>{{2}});
}

TEST_CASE("Every wrong line of answers is refused with its line and its own sentence", "[grade]") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"{\"index\": 0, \"answer\": [1, 2]", "is damaged at byte"},
      {"[0, 1, 2]", "is no JSON object"},
      {"{\"index\": 0, \"answer\": [1, 2], \"answers\": 3}", "unknown key \"answers\"; a line has"},
      {"{\"index\": 0, \"index\": 0, \"answer\": [1, 2]}", "names \"index\" twice"},
      {"{\"answer\": [1, 2]}", "\"index\" is missing"},
      {"{\"index\": 0}", "\"answer\" is missing"},
      {"{\"index\": -1, \"answer\": [1, 2]}", "\"index\" has a value of the wrong type"},
      {"{\"index\": \"0\", \"answer\": [1, 2]}", "\"index\" has a value of the wrong type"},
      {"{\"index\": 0.5, \"answer\": [1, 2]}", "\"index\" has a value of the wrong type"},
      {"{\"index\": 3, \"answer\": [1, 2]}", "there is no string 3; they are 0 to 2"},
      {"{\"index\": 2, \"answer\": [1, 2]}", "index 2 stands twice; line 1 has it"},
      {"{\"index\": 0, \"answer\": [1]}", "\"answer\" holds 1 but the string has 2"},
      {"{\"index\": 0, \"answer\": 1}", "\"answer\" holds 1 but the string has 2"},
      {"{\"index\": 0, \"answer\": [1, 2, 3]}", "\"answer\" holds 3 but the string has 2"},
      {"{\"index\": 0, \"answer\": [1, 65]}", "65 is no token; ids are 0 to 64"},
      {"{\"index\": 0, \"answer\": [1, -1]}", "-1 is no token; ids are 0 to 64"},
      {"{\"index\": 0, \"answer\": [1, 18446744073709551615]}", "must be a symbol or a token's id"},
      {"{\"index\": 0, \"answer\": [1, \"q\"]}", "\"q\" is no symbol of the task"},
      {"{\"index\": 0, \"answer\": [1, 1.0]}", "must be a symbol or a token's id but is 1.0"},
      {"{\"index\": 0, \"answer\": [1, null]}", "must be a symbol or a token's id but is null"},
      {"{\"index\": 0, \"answer\": [1, [2]]}", "must be a symbol or a token's id but is [2]"}};
  const auto first = kWhole.substr(0, kWhole.find('\n') + 1);
  for (const auto& [line, sentence] : wrong) {
    INFO(line);
    const auto said = refused_these(first + line + "\n" + kWhole.substr(first.size()));
    CHECK_THAT(said, Catch::Matchers::StartsWith("a.jsonl: line 2: ") && Contains(sentence));
  }
  CHECK_THAT(refused_these(first + first_line()), Contains("line 2: unknown key"));
}

TEST_CASE("Answers that lack strings say how many and the first", "[grade]") {
  const auto first = kWhole.substr(0, kWhole.find('\n') + 1);
  CHECK_THAT(refused_these(first),
             Contains("a.jsonl: no answers for 2 of 3 strings, the first with index 0"));
  CHECK_THAT(refused_these(""), Contains("no answers for 3 of 3 strings"));
  CHECK_THAT(refused_these(kWhole, 0), Contains("no answers for 997 of 1000 strings"));
}

TEST_CASE("A first line of another export is refused by what differs", "[grade]") {
  const auto whole = nlohmann::json::parse(first_line());
  for (const auto& [key, value] : whole.items()) {
    INFO(key);
    auto changed = whole;
    changed[key] = value.is_number() ? nlohmann::json(17) : nlohmann::json("other");
    CHECK_THAT(refused_these(changed.dump() + "\n" + kWhole),
               Contains("line 1: ") && Contains("\"" + key + "\""));
    changed.erase(key);
    if (key == "format") continue;  // no first line then
    CHECK_THAT(refused_these(changed.dump() + "\n" + kWhole),
               Contains("\"" + key + "\" is missing"));
  }
  auto more = whole;
  more["model"] = "mine";
  CHECK_THAT(refused_these(more.dump() + "\n" + kWhole), Contains("line 1: unknown key \"model\""));
  more.erase("model");
  more["count"] = 0;
  CHECK_THAT(refused_these(more.dump() + "\n" + kWhole, 0),
             Contains("\"count\" must be at least 1"));
}

TEST_CASE("A damaged byte anywhere in a file of answers is refused or gives whole answers",
          "[grade]") {
  const auto whole = first_line() + kWhole;
  size_t refusals = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int damage : {0x01, 0x20, 0x80}) {
      auto text = whole;
      text[at] = static_cast<char>(text[at] ^ damage);
      try {
        const auto answers = read_these(text);
        CHECK(answers.tokens.size() == 3);
        for (const auto& tokens : answers.tokens) CHECK(tokens.size() == 2);
      } catch (const InputError&) {
        ++refusals;
      }
    }
  }
  CHECK(refusals > 2 * whole.size());
}
