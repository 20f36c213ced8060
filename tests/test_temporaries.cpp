// test_temporaries.cpp: what stands in a folder after a process that was writing there has ended.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/files.hpp"
#include "base/mapped_faults.hpp"
#include "base/pending_folder.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

/// A process that writes half a file and ends by a signal. Returns how it ended.
int end_while_writing(const fs::path& path, int signal) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int one : {signal, SIGTERM}) std::signal(one, SIG_DFL);  // not the test runner's
    AtomicFile file(path);
    file.write("half");
    raise(signal);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("A signal that ends the process removes what it was writing", "[temporaries]") {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGXCPU}) {
    const test::TemporaryFolder folder;
    INFO("signal " << signal);
    const int status = end_while_writing(folder / "a.txt", signal);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal);
    CHECK(names_in(folder.path()).empty());
  }
}

TEST_CASE("What a killed process left is removed by the next that writes there", "[temporaries]") {
  const test::TemporaryFolder folder;
  end_while_writing(folder / "a.txt", SIGKILL);
  CHECK(names_in(folder.path()).size() == 1);
  write_file(folder / "b.txt", "other");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"b.txt"});
}

TEST_CASE("A folder that is not committed is removed, one that a killed process left, too",
          "[temporaries]") {
  const test::TemporaryFolder folder;
  {
    const PendingFolder pending(folder / "a");
    write_file(pending / "b.txt", "text");
    CHECK(names_in(folder.path()).size() == 1);
  }
  CHECK(names_in(folder.path()).empty());
  const pid_t child = fork();
  if (child == 0) {
    const PendingFolder pending(folder / "a");
    write_file(pending / "b.txt", "text");
    raise(SIGKILL);
  }
  waitpid(child, nullptr, 0);
  CHECK(names_in(folder.path()).size() == 1);
  PendingFolder again(folder / "a/");
  write_file(again / "b.txt", "text");
  again.commit();
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a"});
}

TEST_CASE("What a living process is writing stays, and so do files of other names",
          "[temporaries]") {
  const test::TemporaryFolder folder;
  AtomicFile first(folder / "a.txt");
  first.write("first");
  std::ofstream(folder / ".whatwhere-elsewhere-1-1-0.tmp") << "of another machine";
  write_file(folder / "b.txt", "second");
  CHECK(names_in(folder.path()).size() == 3);
  first.commit();
  CHECK(read_file(folder / "a.txt") == "first");
}

TEST_CASE("A file that is written over keeps its permissions", "[temporaries]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.txt";
  write_file(path, "old");
  for (const unsigned mode : {0600U, 0664U, 0444U}) {
    chmod(path.c_str(), mode);
    write_file(path, "new");
    struct stat status {};
    stat(path.c_str(), &status);
    CHECK((status.st_mode & 07777) == mode);
  }
}

TEST_CASE("A name as long as the system allows is written, a longer one refused", "[temporaries]") {
  const test::TemporaryFolder folder;
  for (const size_t letters : {200, 254, 255}) {
    const auto path = folder / std::string(letters, 'n');
    write_file(path, "long");
    CHECK(read_file(path) == "long");
  }
  const auto name = std::string(256, 'n');
  CHECK_THAT(test::refusal([&] { write_file(folder / name, "too long"); }),
             Contains(name) && Contains("too long"));
}

TEST_CASE("A link that is written to is followed, to a file or to where there is none yet",
          "[temporaries]") {
  const test::TemporaryFolder folder;
  fs::create_directories(folder / "there");
  fs::create_symlink("there/a.txt", folder / "link");
  for (const std::string text : {"first", "second"}) {
    write_file(folder / "link", text);
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(read_file(folder / "there/a.txt") == text);
  }
  CHECK(names_in(folder / "there").size() == 1);
}

TEST_CASE("Nothing is written of a file that was changed in place while it was read",
          "[temporaries]") {
  const auto status_of = [](auto&& change) {
    const pid_t child = fork();  // what was changed is never forgotten by its process
    if (child == 0) {
      const test::TemporaryFolder folder;
      const auto input = folder / "input", out = folder / "out";
      std::ofstream(input) << std::string(100, 'x');
      const MappedFile mapped(input);
      change(input);
      int told = 0;
      try {
        write_file(out, "result");
      } catch (const std::exception& refused) {
        told = std::string(refused.what()).find("was changed while it was read") < 1000 ? 1 : 2;
      }
      fs::remove_all(folder.path());
      _exit(told);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  CHECK(status_of([](const auto&) {}) == 0);
  CHECK(status_of([](const auto& path) { fs::resize_file(path, 90); }) == 1);
  CHECK(status_of([](const auto& path) {
          std::fstream(path) << "y";
          utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
        }) == 1);
  CHECK(status_of([](const auto& path) {
          std::ofstream(path.string() + ".new") << "other";
          fs::rename(path.string() + ".new", path);
        }) == 0);
}
