// test_cli_tasks.cpp: the subcommands about tasks, run as a person runs them.

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/encoding.hpp"
#include "tasks/batch.hpp"
#include "tasks/drawing.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using Catch::Matchers::Contains;

static test::Ran run(const std::string& arguments) { return test::run_program(arguments); }
static std::string refused(const std::string& arguments) {
  return test::refused_program(arguments);
}

TEST_CASE("The list of tasks names every task and preset", "[cli]") {
  const auto ran = run("tasks");
  CHECK(ran.status == 0);
  for (const auto& row : tasks()) CHECK(ran.output.find(row.name) != std::string::npos);
  CHECK(ran.output.find("indirect A=52 n=20..40 S=15 query=paper") != std::string::npos);
}

TEST_CASE("Every encoding is listed with what it reads, and help says where it starts", "[cli]") {
  const auto listed = run("encodings").output, help = run("train --help").output;
  for (const auto& row : encodings()) {
    INFO(row.name);
    CHECK_THAT(listed, Contains(row.name) && Contains(row.what) && Contains(row.paper));
    for (const auto& option : row.options) {
      CHECK_THAT(listed, Contains("--" + option + " "));
      CHECK_THAT(help, Contains("--" + option + " "));
    }
  }
  CHECK_THAT(listed, Contains("--rotary-fraction 0.5"));
  CHECK_THAT(help, Contains("[rope 1, rope_half 0.5, p_rope 1]"));
  CHECK_THAT(help, Contains("paper uniform"));
}

TEST_CASE("A drawing marks what is read and where the answer is graded", "[cli]") {
  const auto task = make_task("indirect", "cpu", {{"n", "5"}, {"reach", "2"}});
  Sample sample{{0, 4, 14, 7, 3}, {}};
  sample.queries.push_back(
      {.tokens = {14, 16}, .answer = 0, .source = 2, .target = 0, .shift = -2});
  CHECK(drawing(*task, sample) == "a e o h d  o -2 -> a\n=             ^\n");
}

TEST_CASE("Samples are shown as the stream draws them", "[cli]") {
  const auto ran = run("show indirect --preset cpu --count 2 --split val --seed 4 --reach 2");
  CHECK(ran.status == 0);
  const auto task = make_task("indirect", "cpu", {{"reach", "2"}});
  const auto sample = sample_at(*task, {.split = Split::val, .seed = 4}, 1);
  CHECK(ran.output.find(drawing(*task, sample)) != std::string::npos);
}

TEST_CASE("Floors as JSON carry the numbers that the task gives", "[cli]") {
  const auto json = nlohmann::json::parse(run("floors indirect --preset paper --json").output);
  const auto floors = make_task("indirect", "paper")->floors();
  REQUIRE(json["floors"].size() == floors.size());
  for (size_t i = 0; i < floors.size(); ++i) {
    CHECK(json["floors"][i]["accuracy"].get<double>() == floors[i].accuracy);
    CHECK(json["floors"][i]["view"] == floors[i].view);
    CHECK(json["floors"][i]["plateau"] == floors[i].plateau);
  }
  CHECK(json["text"] == make_task("indirect", "paper")->text());
}

TEST_CASE("An exported line holds the sample, its layout and its facts", "[cli]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.jsonl";
  CHECK(
      run("export indirect --preset paper --count 5 --queries 3 --format jsonl -o " + path.string())
          .status == 0);
  const auto task = make_task("indirect", "paper");
  std::istringstream lines(read_file(path));
  std::string line;
  std::getline(lines, line);
  const auto about = nlohmann::json::parse(line);
  CHECK(about["format"] == "whatwhere-export");
  CHECK(about["text"] == stream_text(*task, {}));
  CHECK(about["vocabulary"] == task->vocabulary());
  CHECK(about["labels"] == task->labels());
  CHECK((about["count"] == 5 && about["queries"] == 3 && about["split"] == "train"));
  uint64_t index = 0;
  for (; std::getline(lines, line); ++index) {
    const auto json = nlohmann::json::parse(line);
    const auto batch = cohort_at(*task, {.queries = 3}, index);
    CHECK(json["tokens"] == batch.tokens);
    CHECK(json["position"] == batch.position);
    CHECK(json["block"] == batch.block);
    CHECK(json["graded"] == batch.graded);
    CHECK(json["answer"] == batch.answer);
    for (int q = 0; q < 3; ++q) {
      const auto& query = batch.samples[0].queries[q];
      CHECK(json["target"][q] == json["source"][q].get<int>() + json["shift"][q].get<int>());
      CHECK(json["tokens"][json["target"][q].get<int>()] == json["answer"][q]);
      CHECK(json["text"][q] == task->sentence(batch.samples[0].string, query));
    }
  }
  CHECK(index == 5);
}

/// The numbers of an .npy file of int32, after its header, whose shape is checked.
static std::vector<int32_t> array(const std::filesystem::path& path, const std::string& shape) {
  const auto bytes = read_file(path);
  REQUIRE(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const size_t header = 10 + static_cast<unsigned char>(bytes[8]) + 256 * bytes[9];
  CHECK(header % 64 == 0);
  CHECK(bytes[header - 1] == '\n');
  CHECK(bytes.substr(10, header - 10).find("'shape': " + shape) != std::string::npos);
  std::vector<int32_t> numbers((bytes.size() - header) / 4);
  std::memcpy(numbers.data(), bytes.data() + header, numbers.size() * 4);
  return numbers;
}

TEST_CASE("Exported arrays hold the same samples, filled up to one width", "[cli]") {
  const test::TemporaryFolder folder;
  const auto out = folder / "arrays";
  CHECK(run("export where-back --count 20 --format npy -o " + out.string()).status == 0);
  const auto task = make_task("where-back", "smoke");
  constexpr int T = 13;
  const auto tokens = array(out / "tokens.npy", "(20, 13, )");
  const auto block = array(out / "block.npy", "(20, 13, )");
  const auto length = array(out / "length.npy", "(20, )");
  const auto answer = array(out / "answer.npy", "(20, 1, )");
  REQUIRE(tokens.size() == size_t{20} * T);
  for (int i = 0; i < 20; ++i) {
    const auto batch = cohort_at(*task, {}, i);
    CHECK(length[i] == batch.length);
    CHECK(answer[i] == batch.answer[0]);
    for (int t = 0; t < T; ++t) {
      const bool inside = t < batch.length;
      CHECK(tokens[i * T + t] == (inside ? batch.tokens[t] : 23));
      CHECK(block[i * T + t] == (inside ? batch.block[t] : -1));
    }
  }
  CHECK(read_file(out / "vocabulary.txt").starts_with("a\nb\nc\n"));
  CHECK(read_file(out / "about.json") + "{\"index\":0" ==
        run("export where-back --count 20 -o -")
            .output.substr(0, read_file(out / "about.json").size() + 10));
  CHECK(refused("export where-back --count 2 --format npy -o " + out.string())
            .find("exists already") != std::string::npos);
}

TEST_CASE("Wrong names, values and sizes are refused in one line and write nothing", "[cli]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "a").string();
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"show", "error: no task given; there are: where-back"},
      {"show indirekt", "error: unknown task 'indirekt'; there are: where-back"},
      {"floors indirect --preset big", "error: unknown preset 'big'; there are: smoke"},
      {"show indirect --places 3", "error: [indirect] has no option 'places'; it has: letters"},
      {"show indirect --place 3", "error: show: does not know '--place'; did you mean --places?"},
      {"show indirect --split valid", "error: unknown split 'valid'; there are: train"},
      {"show indirect --seed -1", "error: show: --seed: must not be negative but is -1"},
      {"show indirect --count 0", "error: --count must be"},
      {"show indirect --queries 10000000", "error: --queries must be from 1 to 4096 but got"},
      {"export indirect --count 3 --format csv -o " + out, "error: unknown format 'csv'; there"},
      {"export indirect --count 3 --format npy --n 8..40 -o " + out, "error: [indirect] n must"},
      {"export indirect --count 3 --format jsonl --reach 9 -o " + out, "error: [indirect] reach"},
      {"export indirect --count 3 --format npy -o " + out + "/b", "error: " + out + "/b: cannot"}};
  for (const auto& [arguments, sentence] : wrong) {
    INFO(arguments);
    CHECK_THAT(refused(arguments), Catch::Matchers::StartsWith(sentence));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("An unknown word is answered by the nearest that is known", "[cli][help]") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"shwo", "unknown command 'shwo'; did you mean 'show'?"},
      {"help shwo", "did you mean 'show'?"},
      {"zzz", "unknown command 'zzz'; there are: tasks"},
      {"train --task indirect --stesp 3 -o r", "did you mean --steps?"},
      {"train --task indirect --stesp=3 -o r", "did you mean --steps?"},
      {"show indirect --zzzzzzzz 1", "`whatwhere help show` lists its options"}};
  for (const auto& [arguments, sentence] : wrong) {
    INFO(arguments);
    const auto line = refused(arguments);
    CHECK_THAT(line, Contains(sentence));
    CHECK(line.size() < 300);
  }
}

TEST_CASE("Help is wrapped at COLUMNS, and parts lists by a comma and a space", "[cli][help]") {
  const auto help = run("help diagnose").output;
  CHECK(help == run("diagnose --help").output);
  CHECK_THAT(help, Contains("where-back, what-tag, indirect"));
  CHECK_THAT(run("help").output, Contains("completion"));
  for (const auto* const command : {"", "diagnose", "probe", "plot", "ablate"}) {
    const auto words = fmt::format("COLUMNS=72 {} help {}", WW_PROGRAM, command);
    std::istringstream lines(test::run_shell(words).output);
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(line.size() <= 72);
    }
  }
}

TEST_CASE("Completion knows commands, options and names, and the manual shows them",
          "[cli][help]") {
  const test::TemporaryFolder folder;
  const auto script = (folder / "completion").string();
  write_file(script, run("completion bash").output);
  const auto completed = [&](const std::string& words, int at) {
    const auto command = fmt::format(
        "bash -c '. {}; COMP_WORDS=({}); COMP_CWORD={}; _whatwhere; echo \"${{COMPREPLY[*]}}\"'",
        script,
        words,
        at);
    return test::run_shell(command).output;
  };
  CHECK(completed("whatwhere in", 1) == "inspect\n");
  CHECK(completed("whatwhere train --warm", 2) == "--warm-up\n");
  CHECK(completed("whatwhere train --encoding po", 3) == "pope\n");
  CHECK(completed("whatwhere show ind", 2) == "indirect\n");
  CHECK(run("completion zsh").output.starts_with("#compdef whatwhere"));
  CHECK_THAT(refused("completion fish"), Contains("bash, zsh"));
  CHECK_THAT(run("manual").output, Contains(".SS train") && Contains("\\-\\-steps"));
}

TEST_CASE("Standard output that cannot be written is a fault with one sentence", "[cli][streams]") {
  for (const auto* const words : {"tasks",
                                  "floors indirect --json",
                                  "--help",
                                  "show --help",
                                  "export indirect --count 2 -o -"}) {
    INFO(words);
    const auto [status, line] = test::run_program(words, "2>&1 >/dev/full");
    CHECK(status == 1);
    CHECK(line == "error: standard output cannot be written: No space left on device\n");
  }
}

TEST_CASE("Standard error that cannot be written stops no work", "[cli][streams]") {
  const test::TemporaryFolder folder;
  for (const auto* const streams : {"2>/dev/full", "<&- >&- 2>&-"}) {
    INFO(streams);
    const auto out = folder / std::to_string(std::strlen(streams));
    const auto words = "train --task what-tag --steps 2 -o " + out.string();
    CHECK(test::run_program(words, streams).status == 0);
    const auto record = read_file(out / "record.jsonl");
    CHECK(record.front() == '{');
    CHECK_THAT(record, !Contains("steps, "));
  }
}

TEST_CASE("What goes to standard output is added to what it is redirected to", "[cli][streams]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "a").string();
  for (const auto* const out : {"-", "/dev/stdout"}) {
    INFO(out);
    write_file(file, "before\n");
    const auto words = fmt::format("export indirect --count 2 -o {}", out);
    CHECK(test::run_program(words, ">>" + file + " 2>/dev/null").status == 0);
    const auto text = read_file(file);
    CHECK(text.starts_with("before\n{\"format\":\"whatwhere-export\""));
    CHECK(std::ranges::count(text, '\n') == 4);
  }
  for (const auto* const words : {"export indirect --format npy", "train --task indirect"}) {
    CHECK_THAT(refused(words + std::string(" -o -")),
               Contains("cannot be written to standard output"));
  }
}
