// test_cli_stops.cpp: what signals, killed parents, second processes and moved folders do to train
// and diagnose.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string kSmallRun =
    " --width 16 --heads 2 --layers 1 --strings 8 --cohort 8 --queries 2 --warm-up 4"
    " --validation-answers 64 --test-answers 64 --steps 100000 --evaluate-every 20 ";

std::string train_words_of(const fs::path& run) {
  return "train --task indirect --encoding pope" + kSmallRun + "-o " + run.string();
}

std::string diagnose_words(const fs::path& folder) {
  return "diagnose --tasks indirect --encodings pope,nope --preset smoke --jobs 2" + kSmallRun +
         "--resume -o " + folder.string();
}

/// The program in a process group of its own, as a terminal starts it.
class Started {
 public:
  Started(const std::string& words, const fs::path& log) : log_(log) {
    const auto command = fmt::format("exec {} {} >{} 2>&1", WW_PROGRAM, words, log.string());
    child_ = fork();
    if (child_ != 0) return;
    setpgid(0, 0);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  pid_t id() const { return child_; }
  std::string log() const { return read_file(log_); }
  /// The exit status; 128 + the signal that ended it, as a shell has it; -1 if it runs on for a
  /// minute.
  int end() {
    int status = 0;
    for (int i = 0; i < 600; ++i) {
      if (waitpid(child_, &status, WNOHANG) == child_) {
        return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    kill(-child_, SIGKILL);
    return -1;
  }

 private:
  fs::path log_;
  pid_t child_ = 0;
};

/// Waits up to a minute.
bool comes(const std::function<bool()>& holds) {
  for (int i = 0; i < 1200 && !holds(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return holds();
}

bool has_evaluated(const fs::path& run) {
  return fs::exists(run / "state.safetensors") && fs::exists(run / "record.jsonl");
}

/// Whether a process that trains in the folder is alive: it holds the lock.
bool is_free(const fs::path& run) {
  return test::run_shell("flock -n " + (run / "lock").string() + " true; echo $?").output == "0\n";
}

}  // namespace

TEST_CASE("A stopped training has saved and ends with 128 and the signal", "[cli][stops]") {
  const test::TemporaryFolder folder;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    INFO(signal);
    const auto run = folder / std::to_string(signal);
    Started train(train_words_of(run), folder / "log");
    REQUIRE(comes([&] { return has_evaluated(run); }));
    kill(train.id(), signal);
    CHECK(train.end() == 128 + signal);
    CHECK_THAT(train.log(), Contains("stopped and saved at step"));
  }
}

TEST_CASE("Ctrl-C on diagnose stops every run after it has saved", "[cli][stops]") {
  const test::TemporaryFolder folder;
  const auto study = folder / "study";
  const fs::path runs[] = {study / "runs/indirect-pope-s1", study / "runs/indirect-nope-s1"};
  Started diagnose(diagnose_words(study), folder / "log");
  REQUIRE(comes([&] { return has_evaluated(runs[0]) && has_evaluated(runs[1]); }));
  kill(-diagnose.id(), SIGINT);  // as a terminal does: the whole group
  CHECK(diagnose.end() == 130);
  CHECK_THAT(diagnose.log(), Contains("stopped and saved") && !Contains("200000/200000"));
  for (const auto& run : runs)
    CHECK_THAT(read_file(run.string() + ".log"), Contains("stopped and saved at step"));
}

TEST_CASE("Runs end with a diagnose that is killed, and a resume waits for them", "[cli][stops]") {
  const test::TemporaryFolder folder;
  const auto study = folder / "study";
  const auto run = study / "runs/indirect-pope-s1";
  Started killed(diagnose_words(study), folder / "log");
  REQUIRE(comes([&] { return has_evaluated(run); }));
  kill(killed.id(), SIGKILL);
  killed.end();
  Started resumed(diagnose_words(study), folder / "log2");
  std::this_thread::sleep_for(std::chrono::seconds(7));
  CHECK(kill(resumed.id(), 0) == 0);  // it did not give up
  kill(resumed.id(), SIGTERM);
  CHECK(resumed.end() == 143);
  CHECK(comes([&] { return is_free(run); }));
}

TEST_CASE("A second diagnose in a folder says so and harms nothing", "[cli][stops]") {
  const test::TemporaryFolder folder;
  const auto study = folder / "study";
  Started first(diagnose_words(study), folder / "log");
  REQUIRE(comes([&] { return has_evaluated(study / "runs/indirect-pope-s1"); }));
  Started second(diagnose_words(study), folder / "log2");
  CHECK(second.end() == 2);
  CHECK_THAT(second.log(), Contains("another diagnose is at work there"));
  kill(first.id(), SIGINT);
  CHECK(first.end() == 130);
}

TEST_CASE("A run whose folder is replaced ends with an error and leaves the other alone",
          "[cli][stops]") {
  const test::TemporaryFolder folder;
  const auto run = folder / "run";
  Started train(train_words_of(run), folder / "log");
  REQUIRE(comes([&] { return has_evaluated(run); }));
  fs::rename(run, folder / "moved");
  fs::create_directory(run);
  CHECK(train.end() == 2);
  CHECK_THAT(train.log(), Contains("no longer the folder of this run"));
  CHECK(fs::is_empty(run));
}
