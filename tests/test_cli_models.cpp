// test_cli_models.cpp: train and diagnose, run as a person runs them: well, wrongly, interrupted,
// and on a full disk.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

const std::string kSmall =
    " --width 16 --heads 2 --layers 1 --strings 8 --cohort 8 --queries 2 --warm-up 4"
    " --validation-answers 64 --test-answers 64 ";

std::string train_words(const std::string& folder) {
  return "train --task indirect --encoding pope --steps 600 --evaluate-every 40" + kSmall + "-o " +
         folder;
}

size_t lines_of(const std::string& path) {
  std::ifstream file(path);
  return static_cast<size_t>(
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

/// Starts a training, waits until its record has so many lines, and sends the signal.
int train_and_signal(const std::string& folder, size_t lines, int signal) {
  const auto words =
      fmt::format("exec {} {} --resume 2>/dev/null >/dev/null", WW_PROGRAM, train_words(folder));
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", words.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  bool sent = false;  // a second interrupt would end the program at once
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (!sent && lines_of(folder + "/record.jsonl") >= lines) sent = kill(child, signal) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return status;
}

}  // namespace

TEST_CASE("A run killed at any point and resumed ends in the same bits", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto whole = (folder / "whole").string();
  REQUIRE(test::run_program(train_words(whole)).status == 0);
  const auto part = (folder / "part").string();
  for (const size_t lines : {1, 2, 5, 9}) {
    const int status = train_and_signal(part, lines, SIGKILL);
    CHECK(WIFSIGNALED(status));
  }
  CHECK(test::run_program(train_words(part) + " --resume").status == 0);
  CHECK(test::saved_weights(part) == test::saved_weights(whole));
  CHECK(lines_of(part + "/record.jsonl") >= lines_of(whole + "/record.jsonl"));
}

TEST_CASE("A run without saved state begins anew and says so", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto run = (folder / "run").string(), record = run + "/record.jsonl";
  REQUIRE(test::run_program(train_words(run)).status == 0);
  const auto before = test::saved_weights(run), lines = read_file(record);
  std::filesystem::remove(run + "/state.safetensors");
  write_file(record, lines.substr(0, lines.find('\n') + 1));
  const auto ran = test::run_program(train_words(run) + " --resume", "2>&1 >/dev/null");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.output,
             Contains(run + ": holds no saved state; a run that has not ended begins anew"));
  CHECK(test::saved_weights(run) == before);
}

TEST_CASE("An interrupt saves, stops with status 130 and can be resumed", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto whole = (folder / "whole").string(), part = (folder / "part").string();
  REQUIRE(test::run_program(train_words(whole)).status == 0);
  const int status = train_and_signal(part, 3, SIGINT);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  CHECK(test::saved_weights(part) != test::saved_weights(whole));
  const auto ran = test::run_program(train_words(part) + " --resume");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.output, Contains("test accuracy"));
  CHECK(test::saved_weights(part) == test::saved_weights(whole));
}

TEST_CASE("A full disk stops a run with one sentence and damages nothing", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto run = (folder / "run").string();
  REQUIRE(WIFSIGNALED(train_and_signal(run, 3, SIGKILL)));
  const auto before = test::saved_weights(run);
  // No file may grow beyond 8 KiB, as on a disk that is full.
  const auto command =
      fmt::format("trap '' XFSZ; ulimit -f 16; {} {} --resume", WW_PROGRAM, train_words(run));
  const auto ran = test::run_shell(command + " 2>&1 >/dev/null");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.output, Contains("error: ") && Contains("cannot be written"));
  CHECK(test::saved_weights(run) == before);
  CHECK(test::run_program(train_words(run) + " --resume").status == 0);
}

TEST_CASE("A model that no memory holds is given up in one sentence", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto ran = test::run_shell(
      fmt::format("ASAN_OPTIONS=allocator_may_return_null=1 {} train --task indirect --width 262144"
                  " --encoding pope --steps 1 -o {} 2>&1 >/dev/null",
                  WW_PROGRAM,
                  (folder / "run").string()));
  CHECK(ran.status == 1);
  CHECK_THAT(ran.output, Contains("not enough memory") && Contains("smaller model"));
  const bool sanitized = ran.output.find("AddressSanitizer") != std::string::npos;
  CHECK(std::ranges::count(ran.output, '\n') == (sanitized ? 2 : 1));  // it says so too
}

TEST_CASE("Wrong words for a run are refused in one line and write nothing", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "run").string();
  const auto refused = [&](const std::string& words) {
    const auto line = test::refused_program("train -o " + out + " " + words);
    CHECK_FALSE(std::filesystem::exists(out));
    return line;
  };
  CHECK_THAT(refused("--task indirekt"),
             Contains("indirekt") && Contains("where-back, what-tag, indirect"));
  CHECK_THAT(refused("--task indirect --encoding rop"), Contains("there are: rope"));
  CHECK_THAT(refused("--task indirect --preset huge"), Contains("there are: smoke"));
  CHECK_THAT(refused("--task indirect --pope-delta zero"),
             Contains("rope has no option --pope-delta"));
  CHECK_THAT(refused("--task indirect --n 20"), Contains("[indirect] n"));
  CHECK_THAT(refused("--task indirect --reach 9"), Contains("[indirect] reach"));
  CHECK_THAT(refused("--task what-tag --reach 2"), Contains("no option 'reach'"));
  CHECK_THAT(refused("--task indirect --heads 3"), Contains("don't divide"));
  CHECK_THAT(refused("--task indirect --heads 64"), Contains("even"));
  CHECK_THAT(refused("--task indirect --seed -1"), Contains("--seed"));
  CHECK_THAT(refused("--task indirect --stpes 5"), Contains("'--stpes'") && Contains("--steps"));
  CHECK_THAT(refused("--task indirect --threads 0"), Contains("--threads"));
  CHECK_THAT(refused("--task indirect --threads 100000"), Contains("--threads must be from 1 to"));
  CHECK_THAT(refused("--task indirect --seed 18446744073709551616"), Contains("below 2^64"));
  CHECK_THAT(refused("--task indirect --random-positions 3"), Contains("--random-positions 3"));
  CHECK_THAT(refused("--task indirect --random-positions 1000000000"),
             Contains("from 0 (off) to 65536"));
  CHECK_THAT(refused("--task indirect --queries 10000000"), Contains("--queries must be from 1"));
  CHECK_THAT(refused("--task indirect --encoding learned --max-length 2"),
             Contains("--max-length"));
  CHECK_THAT(refused("--task indirect --device tpu"), Contains("auto, cpu, cuda"));
  CHECK_THAT(refused(""), Contains("--task"));
}

TEST_CASE("A switch of a run stands alone for true, and takes true or false", "[cli][train]") {
  const test::TemporaryFolder folder;
  const auto ends_with = [&](const std::string& words) {
    const auto out = (folder / fmt::format("{}", words.size())).string();
    const auto run = "train --task what-tag --steps 200 --solved-at 0.01 --evaluate-every 40" +
                     kSmall + words + " -o " + out;
    REQUIRE(test::run_program(run).status == 0);
    const auto record = read_file(out + "/record.jsonl");
    return record.substr(record.rfind("{"));
  };
  CHECK_THAT(ends_with("--stop-when-solved"), Contains(R"("stopped":"solved")"));
  CHECK_THAT(ends_with("--stop-when-solved true"), Contains(R"("stopped":"solved")"));
  CHECK_THAT(ends_with("--stop-when-solved false"), Contains(R"("stopped":"budget")"));
  CHECK_THAT(test::refused_program("train --task what-tag --stop-when-solved maybe -o " +
                                   (folder / "r").string()),
             Contains("true or false"));
}

TEST_CASE("A small diagnosis writes records, probes, gates and a report", "[cli]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "d").string();
  const auto words =
      "diagnose --tasks what-tag --encodings pope,nope --steps 20 --evaluate-every 10" + kSmall +
      "-o " + out;
  REQUIRE(test::run_program(words).status == 0);
  for (const auto* const name : {"report.html",
                                 "gates.json",
                                 "probes/what-tag-pope-s1.h5",
                                 "runs/what-tag-nope-s1/record.jsonl"}) {
    INFO(name);
    CHECK(std::filesystem::exists(folder / "d" / name));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "d" / "probes/what-tag-nope-s1.h5"));
  CHECK_THAT(test::refused_program(words), Contains("exists") && Contains("--resume"));
  const auto report = read_file(folder / "d" / "report.html");
  CHECK(test::run_program(words + " --resume").status == 0);
  CHECK(read_file(folder / "d" / "report.html") == report);
  CHECK_THAT(test::refused_program("diagnose --encodings rope,rope -o " + out + "2"),
             Contains("names one twice"));
  CHECK_THAT(test::refused_program("diagnose --encodings nope --pope-delta zero -o " + out + "2"),
             Contains("--pope-delta"));
}
