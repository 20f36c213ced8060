#include "models/sweep.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <thread>

#include "base/check.hpp"
#include "base/json.hpp"

namespace ww {

namespace {

constexpr const char* kParent = "WHATWHERE_PARENT";  // the process that a run ends with

bool is_variable(std::string_view entry, std::string_view name) {
  return entry.substr(0, entry.find('=')) == name;
}

/// The environment of a child, which says whose it is.
std::vector<std::string> child_environment() {
  std::vector<std::string> all;
  all.push_back(fmt::format("{}={}", kParent, getpid()));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_variable(*entry, kParent)) all.emplace_back(*entry);
  }
  return all;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts this program with other words, its output into `log`. It is of a process group of its
/// own, so that a terminal's Ctrl-C reaches it once, by way of us.
pid_t start(const std::vector<std::string>& words, const std::filesystem::path& log) {
  auto arguments = pointers_to(words);
  const auto variables = child_environment();
  auto environment = pointers_to(variables);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int fault = posix_spawn(
      &child, "/proc/self/exe", &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (fault != 0)
    throw std::runtime_error(std::string("cannot start a run: ") + std::strerror(fault));
  return child;
}

std::string last_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

/// Why a run failed: what it said, else how it ended.
std::string reason_of(const std::filesystem::path& log, int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("signal {} ended it ({})", signal, strsignal(signal));
  }
  const auto said = last_line(log);
  return said.empty() ? fmt::format("it ended with status {} and said nothing", WEXITSTATUS(status))
                      : said;
}

/// The step of a run's last evaluation so far.
int64_t steps_so_far(const std::filesystem::path& record) {
  std::ifstream file(record);
  int64_t step = 0;
  for (std::string line; std::getline(file, line);) {
    const auto parsed = json_or_null(line);
    if (parsed.is_object() && parsed.value("type", "") == "eval") step = parsed.value("step", step);
  }
  return step;
}

constexpr int kSignalled =
    128;  // a run that a signal stopped, and that has saved, ends with this and the signal

class Sweep {
 public:
  Sweep(const std::vector<TrainOptions>& items, int64_t jobs, const SweepHooks& hooks)
      : items_(items), jobs_(jobs), hooks_(hooks) {
    for (const auto& item : items) steps_.push_back(resolve(item.run).training.steps);
    done_.assign(items.size(), false);
  }

  SweepResult run() {
    while (next_ < items_.size() || !running_.empty()) {
      reap();
      launch();
      if (hooks_.report) hooks_.report(progress());
      if (!stopping_ && hooks_.stop && hooks_.stop()) stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    check(failure_.empty(), "{}", failure_);
    return {!stopping_, lost_};
  }

 private:
  void launch() {
    while (!stopping_ && failure_.empty() && next_ < items_.size() &&
           static_cast<int64_t>(running_.size()) < jobs_) {
      const auto& item = items_[next_];
      if (finished_result(item.out / "record.jsonl")) {
        done_[next_] = true;
      } else {
        auto words = train_arguments(item);
        words.insert(words.begin(), "whatwhere");
        std::filesystem::create_directories(item.out.parent_path());
        running_[start(words, log_of(item))] = next_;
      }
      ++next_;
    }
    if (stopping_ || !failure_.empty()) next_ = items_.size();
  }

  void reap() {
    int status = 0;
    for (pid_t child = 0; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = running_.find(child);
      if (found == running_.end()) continue;
      const auto index = found->second;
      const auto& item = items_[index];
      running_.erase(found);
      const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      done_[index] = well;
      if (stopping_ && WIFSIGNALED(status)) lost_.push_back(item.out);
      const bool saved = WIFEXITED(status) && WEXITSTATUS(status) > kSignalled;
      if (well || (stopping_ && (saved || WIFSIGNALED(status)))) continue;
      failure_ = fmt::format("the run {} failed: {} (all of it: {})",
                             item.out.string(),
                             reason_of(log_of(item), status),
                             log_of(item).string());
    }
  }

  void stop() {
    stopping_ = true;
    for (const auto& [child, item] : running_) kill(child, SIGINT);
  }

  SweepProgress progress() const {
    const auto finished = std::ranges::count(done_, true);
    SweepProgress progress{finished, static_cast<int64_t>(items_.size()), 0, 0};
    for (size_t i = 0; i < items_.size(); ++i) {
      progress.steps += steps_[i];
      progress.steps_done += done_[i] ? steps_[i] : steps_so_far(items_[i].out / "record.jsonl");
    }
    return progress;
  }

  static std::filesystem::path log_of(const TrainOptions& item) {
    auto log = item.out;
    log += ".log";
    return log;
  }

  const std::vector<TrainOptions>& items_;
  int64_t jobs_;
  const SweepHooks& hooks_;
  std::vector<int64_t> steps_;
  std::map<pid_t, size_t> running_;  // process -> item
  std::vector<bool> done_;
  std::vector<std::filesystem::path> lost_;
  size_t next_ = 0;
  bool stopping_ = false;
  std::string failure_;
};

}  // namespace

void end_with_parent() {
  const char* const parent = std::getenv(kParent);
  if (parent == nullptr) return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (std::to_string(getppid()) != parent) std::raise(SIGTERM);  // it ended before we could ask
}

std::vector<std::string> train_arguments(const TrainOptions& options) {
  const auto& run = options.run;
  std::vector<std::string> words = {"train",
                                    "--task",
                                    run.task,
                                    "--preset",
                                    run.preset,
                                    "--encoding",
                                    run.encoding,
                                    "--seed",
                                    std::to_string(run.seed),
                                    "--data-seed",
                                    std::to_string(run.data_seed),
                                    "--random-positions",
                                    std::to_string(run.random_positions),
                                    "--device",
                                    options.device,
                                    "--threads",
                                    std::to_string(options.threads),
                                    "--kernels",
                                    options.kernels};
  for (const auto* overrides : {&run.task_options, &run.encoding_options, &run.training_options}) {
    for (const auto& [name, value] : *overrides) {
      words.push_back("--" + name);
      words.push_back(value);
    }
  }
  words.insert(words.end(), {"-o", options.out.string(), "--resume"});
  return words;
}

SweepResult run_sweep(const std::vector<TrainOptions>& items,
                      int64_t jobs,
                      const SweepHooks& hooks) {
  check(jobs > 0, "--jobs must be positive but got {}", jobs);
  return Sweep(items, jobs, hooks).run();
}

}  // namespace ww
