// test_records.cpp: run records read back, whole, torn, resumed and damaged.

#include "plots/records.hpp"
#include "tests/catch.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;

namespace {

/// A record with this text, read; its warnings go to `warnings`.
std::optional<RunRecord> read_text(const std::string& text, std::vector<std::string>& warnings) {
  const test::TemporaryFolder folder;
  write_file(folder / "record.jsonl", text);
  return read_record(folder / "record.jsonl", warnings);
}

std::string refused_text(const std::string& text) {
  std::vector<std::string> warnings;
  return test::refusal([&] { read_text(text, warnings); });
}

std::string whole() { return test::synthetic_record({.final = 0.99}); }

}  // namespace

TEST_CASE("A record is read as it was written", "[records]") {
  std::vector<std::string> warnings;
  const auto run = read_text(whole(), warnings);
  REQUIRE(run);
  CHECK(warnings.empty());
  CHECK(run->header.task == "indirect");
  CHECK(run->header.floors.size() == 11);
  CHECK(run->header.plateau == 0.7154);
  REQUIRE(run->evaluations.size() == 6);
  CHECK(run->evaluations[2].step == 750);
  CHECK(std::isnan(run->evaluations[2].val_acc_nonzero));
  REQUIRE(run->main_test() != nullptr);
  CHECK(run->main_test()->right == 2028);  // .99 of 2,048
  CHECK(run->main_test()->slices.at("shift").at(0).value == -1);
  CHECK(run->main_test()->pointer_errors.front().first == "source copied");
  CHECK(run->main_test()->pointer_errors.back().first == "absent");
  CHECK(run->finished());
  CHECK(run->closing->solved_step == 1000);
}

TEST_CASE("A record cut anywhere in its last line loses that line with a warning", "[records]") {
  const auto text = whole();
  const auto last = text.rfind('\n', text.size() - 2) + 1;
  for (size_t size = last + 1; size + 1 < text.size(); size += 7) {
    std::vector<std::string> warnings;
    const auto run = read_text(text.substr(0, size), warnings);
    REQUIRE(run);
    CHECK_FALSE(run->closing);
    CHECK_FALSE(run->finished());
    CHECK(run->tests.size() == 1);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].find("last line is torn") != std::string::npos);
  }
}

TEST_CASE("A record without a whole header is left out with a warning", "[records]") {
  std::vector<std::string> warnings;
  CHECK_FALSE(read_text(whole().substr(0, 40), warnings));
  CHECK(warnings.size() == 2);
  CHECK_FALSE(read_text("", warnings));
}

TEST_CASE("A resumed record keeps what stood before the step it goes on from", "[records]") {
  const test::SyntheticRun run{.final = 0.99};
  auto text = test::synthetic_header(run).dump() + "\n";
  const auto add = [&](const test::Json& json) { text += json.dump() + "\n"; };
  for (const int step : {250, 500, 750}) add(test::synthetic_evaluation(run, step));
  add({{"type", "resume"}, {"step", 500}, {"date", "2026-01-03"}});
  for (const int step : {750, 1000}) add(test::synthetic_evaluation(run, step));
  std::vector<std::string> warnings;
  const auto read = read_text(text, warnings);
  REQUIRE(read->evaluations.size() == 4);
  CHECK(read->evaluations[1].step == 500);
  CHECK(read->evaluations[2].step == 750);
  CHECK(warnings.empty());
}

TEST_CASE("A damaged record is refused with file and line", "[records]") {
  const auto text = whole();
  const auto second = text.find('\n') + 1;
  auto broken = text;
  broken[second] = '!';
  CHECK(refused_text(broken).find("record.jsonl: line 2: is no JSON object") != std::string::npos);
  CHECK(refused_text(text.substr(second)).find("line 1: is no header") != std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"evil\"}\n").find("type 'evil'; there are: header") !=
        std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"eval\",\"step\":250,\"val_acc\":0.5}\n")
            .find("step 250 does not follow step 1500") != std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"eval\",\"step\":\"x\",\"val_acc\":0.5}\n")
            .find("'step' is \"x\", of the wrong kind") != std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"eval\",\"step\":9999}\n").find("no 'val_acc'") !=
        std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"eval\",\"step\":9999,\"val_acc\":1,\"seconds\":-1}\n")
            .find("'seconds' is -1, below zero") != std::string::npos);
  CHECK(refused_text(text + "{\"type\":\"test\",\"axis\":\"main\",\"right\":3,\"asked\":2}\n")
            .find("3 right of 2 asked") != std::string::npos);
}

TEST_CASE("A record of another format or version is refused", "[records]") {
  auto header = test::synthetic_header({});
  header["version"] = 2;
  CHECK(refused_text(header.dump() + "\n").find("version 2 of the format") != std::string::npos);
  header["format"] = "other";
  CHECK(refused_text(header.dump() + "\n").find("'whatwhere-record'") != std::string::npos);
}

TEST_CASE("Records are found at any depth, sorted by path", "[records]") {
  const test::TemporaryFolder folder;
  CHECK(test::refusal([&] { read_records(folder.path()); }).find("holds no record.jsonl") !=
        std::string::npos);
  CHECK(test::refusal([&] { read_records(folder / "none"); }).find("is not a folder") !=
        std::string::npos);
  test::write_synthetic(folder.path() / "deep", {.arm = "rope"});
  test::write_synthetic(folder.path(), {.arm = "nope"});
  const auto records = read_records(folder.path());
  REQUIRE(records.runs.size() == 2);
  CHECK(records.runs[0].header.arm == "rope");  // deep/runs before runs
}
