// test_files.cpp: files appear whole or not at all.

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "base/check.hpp"
#include "base/files.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;

TEST_CASE("An atomic file appears only when committed", "[files]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.txt";
  {
    AtomicFile file(path);
    file.write("half");
  }
  CHECK(std::filesystem::is_empty(folder.path()));
  write_file(path, "whole");
  {
    AtomicFile file(path);
    file.write("other");
  }
  CHECK(read_file(path) == "whole");
}

TEST_CASE("A file that cannot be read or written is refused by name", "[files]") {
  const test::TemporaryFolder folder;
  const auto missing = folder / "none" / "a.txt";
  CHECK(test::refusal([&] { read_file(missing); }).find(missing.string()) == 0);
  CHECK(test::refusal([&] { write_file(missing, ""); }).find(missing.string()) == 0);
  CHECK(test::refusal([&] { read_file(folder.path()); }).find("not a plain file") !=
        std::string::npos);
  const auto pipe = folder / "pipe";  // nobody writes: to open it would wait without end
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(test::refusal([&] { read_file(pipe); }).find("not a plain file") != std::string::npos);
}

TEST_CASE("What a command is going to write is looked at first", "[files]") {
  const test::TemporaryFolder folder;
  const auto refused = [](const std::filesystem::path& out) {
    return test::refusal([&] { check_output(out); });
  };
  const auto path = folder / "a.txt", link = folder / "link", pipe = folder / "pipe";
  CHECK_THAT(refused(""), Contains("name of a file"));
  CHECK_THAT(refused(folder.path()), Contains("no plain file"));
  CHECK_THAT(refused(folder / "none" / "a.txt"), Contains("there is no folder"));
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THAT(refused(pipe), Contains("no plain file"));
  CHECK_THAT(test::refusal([&] { write_file(pipe, "x"); }), Contains("no plain file"));
  check_output(path);
  write_file(path, "before");
  std::filesystem::create_symlink(path, link);
  check_output(link);
  write_file(link, "after");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_file(path) == "after");
  std::filesystem::create_hard_link(path, folder / "twin");
  for (const auto& name : {path, link, folder / "twin"}) {
    CHECK_THAT(refused(name), Contains("is what the command reads"));
  }
}

TEST_CASE("The first bytes of a file are those there are", "[files]") {
  const test::TemporaryFolder folder;
  write_file(folder / "a", "abcdef");
  CHECK(first_bytes(folder / "a", 4) == "abcd");
  CHECK(first_bytes(folder / "a", 9) == "abcdef");
  CHECK(first_bytes(folder / "none", 4).empty());
  const auto pipe = folder / "pipe";  // nobody writes: to open it would wait without end
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(first_bytes(pipe, 4).empty());
}

TEST_CASE("A refusal is one printable line, whatever names it holds", "[files]") {
  const std::string name("a\nb\x1b[1m\0c", 9);
  CHECK(test::refusal([&] { refuse("{}: no", name); }) == "a\\x0ab\\x1b[1m\\x00c: no");
  CHECK(test::refusal([] { refuse("{}", std::string(5000, 'x')); }).size() == 4003);
  CHECK(printable("Zürich") == "Zürich");
}

TEST_CASE("A disk that fills up is refused by name and leaves no file", "[files]") {
  const test::TemporaryFolder folder;
  const auto before = signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const rlimit small{1000, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto sentence =
      test::refusal([&] { write_file(folder / "a.txt", std::string(5000, 'x')); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  signal(SIGXFSZ, before);
  CHECK(sentence.find((folder / "a.txt").string() + ": cannot be written") == 0);
  CHECK(std::filesystem::is_empty(folder.path()));
}
