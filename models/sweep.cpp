#include "models/sweep.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/check.hpp"
#include "models/story.hpp"

namespace ww {

namespace {

/// Starts this program with other words, its output into `log`.
pid_t start(const std::vector<std::string>& words, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(
      &actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int fault =
      posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
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

/// The step of a run's last evaluation so far.
int64_t steps_so_far(const std::filesystem::path& record) {
  std::ifstream file(record);
  int64_t step = 0;
  for (std::string line; std::getline(file, line);) {
    const auto parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_object() && parsed.value("type", "") == "eval") step = parsed.value("step", step);
  }
  return step;
}

class Sweep {
 public:
  Sweep(const std::vector<TrainOptions>& items, int64_t jobs, const SweepHooks& hooks)
      : items_(items), jobs_(jobs), hooks_(hooks) {
    for (const auto& item : items) steps_.push_back(resolve(item.run).training.steps);
  }

  bool run() {
    while (next_ < items_.size() || !running_.empty()) {
      reap();
      launch();
      if (hooks_.report) hooks_.report(progress());
      if (!stopping_ && hooks_.stop && hooks_.stop()) stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    check(failure_.empty(), "{}", failure_);
    return !stopping_;
  }

 private:
  void launch() {
    while (!stopping_ && failure_.empty() && next_ < items_.size() &&
           static_cast<int64_t>(running_.size()) < jobs_) {
      const auto& item = items_[next_];
      if (finished_result(item.out / "record.jsonl")) {
        ++finished_;
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
      const auto& item = items_[found->second];
      running_.erase(found);
      const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
      finished_ += well ? 1 : 0;
      if (well || stopping_) continue;
      failure_ = fmt::format("the run {} failed: {} (all of it: {})",
                             item.out.string(),
                             last_line(log_of(item)),
                             log_of(item).string());
    }
  }

  void stop() {
    stopping_ = true;
    for (const auto& [child, item] : running_) kill(child, SIGINT);
  }

  SweepProgress progress() const {
    SweepProgress progress{finished_, static_cast<int64_t>(items_.size()), 0, 0};
    for (size_t i = 0; i < items_.size(); ++i) {
      progress.steps += steps_[i];
      const bool at_work =
          std::ranges::any_of(running_, [&](const auto& r) { return r.second == i; });
      if (at_work) progress.steps_done += steps_so_far(items_[i].out / "record.jsonl");
      if (!at_work && i < next_) progress.steps_done += steps_[i];
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
  size_t next_ = 0;
  int64_t finished_ = 0;
  bool stopping_ = false;
  std::string failure_;
};

}  // namespace

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

bool run_sweep(const std::vector<TrainOptions>& items, int64_t jobs, const SweepHooks& hooks) {
  check(jobs > 0, "--jobs must be positive but got {}", jobs);
  return Sweep(items, jobs, hooks).run();
}

}  // namespace ww
