// test_files.cpp: files appear whole or not at all.

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "base/files.hpp"
#include "tests/catch.hpp"

using namespace ww;

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
