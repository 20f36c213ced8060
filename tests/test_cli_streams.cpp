// test_cli_streams.cpp: standard input and output, pipes, and files that change while they are
// read.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

std::string stories() { return (source_root() / "data/stories260k/stories260K.bin").string(); }

std::string score_words() { return std::string(WW_PROGRAM) + " score " + stories() + " --json "; }

}  // namespace

TEST_CASE("Texts and ids come from standard input and pipes as from files", "[cli]") {
  const TemporaryFolder folder;
  const auto text = (folder / "a.txt").string(), ids = (folder / "a.ids").string();
  write_file(text, "Once upon a time\n\nthere was a cat");
  write_file(ids, "1 403 407 261\n");
  const auto from_file = run_shell(score_words() + "--text " + text).output;
  CHECK_THAT(from_file, Contains("text 2"));
  CHECK(run_shell("cat " + text + " | " + score_words() + "--text -").output == from_file);
  CHECK(run_shell(score_words() + "--text /dev/stdin <" + text).output == from_file);
  CHECK(run_shell("bash -c '" + score_words() + "--text <(cat " + text + ")'").output == from_file);
  const auto of_ids = run_shell(score_words() + "--ids " + ids).output;
  CHECK(run_shell("cat " + ids + " | " + score_words() + "--ids -").output == of_ids);
}

TEST_CASE("-o - writes to standard output, which keeps what it is redirected to", "[cli]") {
  const TemporaryFolder folder;
  const auto file = (folder / "a.jsonl").string(), all = (folder / "all.jsonl").string();
  const std::string words =
      std::string(WW_PROGRAM) + " export what-tag --count 5 --format jsonl -o ";
  REQUIRE(run_shell(words + file).status == 0);
  CHECK(run_shell(words + "- 2>/dev/null").output == read_file(file));
  for (const auto* const name : {"-", "/dev/stdout"}) {
    write_file(all, "before\n");
    REQUIRE(run_shell(words + name + " >>" + all + " 2>/dev/null").status == 0);
    CHECK(read_file(all) == "before\n" + read_file(file));
  }
  CHECK_THAT(refused_program("probe " + stories() + " --ids /dev/null -o -"), Contains("error"));
}

TEST_CASE("A text of one token says why it has no loss", "[cli]") {
  const TemporaryFolder folder;
  const auto ids = (folder / "a.ids").string();
  write_file(ids, "1 403 407\n5\n");
  const auto lines = run_program("score " + stories() + " --ids " + ids, "2>&1").output;
  CHECK_THAT(lines, Contains("token") && Contains(" - ") && !Contains("nan"));
  const auto json = run_program("score " + stories() + " --json --ids " + ids).output;
  CHECK_THAT(json, Contains("\"loss\": null") && Contains("\"reason\""));
}

TEST_CASE("A file that is cut off while it is mapped ends the program with its name", "[cli]") {
  const TemporaryFolder folder;
  const auto path = (folder / "a.bin").string();
  write_file(path, std::string(1 << 16, 'x'));
  const pid_t child = fork();
  if (child == 0) {
    const MappedFile mapped(path);
    if (freopen((path + ".err").c_str(), "w", stderr) == nullptr || truncate(path.c_str(), 0) != 0)
      _exit(9);
    volatile auto byte = mapped.bytes()[1 << 15];
    (void)byte;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 2);
  CHECK_THAT(read_file(path + ".err"), Contains("error: " + path) && Contains("cut off"));
}

TEST_CASE("Variables that a launcher left behind do not silence an error", "[cli]") {
  for (const auto* const variable : {"OMPI_COMM_WORLD_RANK=1", "PMI_RANK=1"}) {
    const auto ran = test::run_shell(fmt::format("{} {} floors none 2>&1", variable, WW_PROGRAM));
    CHECK(ran.status == 2);
    CHECK_THAT(ran.output, Contains("error: unknown task 'none'"));
  }
}

TEST_CASE("A TMPDIR that is no folder is named", "[cli]") {
  const test::TemporaryFolder folder;
  const auto command = "diagnose --tasks where-back --encodings rope --steps 10 -o " +
                       (folder / "runs").string();
  const auto ran =
      test::run_shell(fmt::format("TMPDIR=/no/such {} {} 2>&1 >/dev/null", WW_PROGRAM, command));
  CHECK(ran.status == 2);
  CHECK_THAT(ran.output, Contains("/no/such: no temporary folder") && Contains("TMPDIR"));
}
