// diagnose.cpp: the main job: gates, training runs, probes of what was trained, one report.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.hpp"
#include "base/cores.hpp"
#include "base/files.hpp"
#include "base/folder_lock.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/left_out.hpp"
#include "cli/progress.hpp"
#include "cli/run_flags.hpp"
#include "models/device.hpp"
#include "models/encoding.hpp"
#include "models/gates.hpp"
#include "models/processor.hpp"
#include "models/sweep.hpp"
#include "probes/probe.hpp"
#include "tasks/gates.hpp"

namespace ww {

namespace {

namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(5);  // for one that is ending

std::vector<std::string> names_of(const std::vector<fs::path>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(path.filename().string());
  return names;
}

constexpr uint64_t kMostSeeds = 1000;

struct DiagnoseFlags {
  RunFlags run;
  std::vector<std::string> tasks = {"where-back", "what-tag", "indirect"};
  std::vector<std::string> encodings = {"rope", "pope", "nope"};
  uint64_t seeds = 1;
  int64_t jobs = 0;  // 0: usable_cores()
  std::string out;
  bool resume = false;
};

/// An option given for the encodings or tasks goes to those that have it; one that none has is
/// wrong.
Overrides those_known(const Overrides& all, const std::vector<std::string>& known) {
  Overrides kept;
  for (const auto& [name, value] : all) {
    if (std::ranges::find(known, name) != known.end()) kept[name] = value;
  }
  return kept;
}

std::vector<std::string> task_option_names(const std::string& task, const std::string& preset) {
  std::vector<std::string> names;
  for (const auto& option : task_row(task).options(preset)) names.push_back(option.name);
  return names;
}

void check_all_used(const Overrides& typed, const std::set<std::string>& used, const char* whose) {
  for (const auto& [name, value] : typed) {
    check(used.contains(name), "none of the chosen {} has an option --{}", whose, name);
  }
}

/// Every task x encoding x seed, in that order.
std::vector<TrainOptions> plan(const DiagnoseFlags& flags) {
  std::vector<TrainOptions> items;
  std::set<std::string> used_task, used_encoding;
  for (const auto& task : flags.tasks) {
    for (const auto& encoding : flags.encodings) {
      for (uint64_t seed = 1; seed <= flags.seeds; ++seed) {
        TrainOptions item;
        item.run = flags.run.run(task, encoding, seed);
        auto& run = item.run;
        run.task_options = those_known(run.task_options, task_option_names(task, run.preset));
        run.encoding_options = those_known(run.encoding_options, encoding_row(encoding).options);
        for (const auto& [name, value] : run.task_options) used_task.insert(name);
        for (const auto& [name, value] : run.encoding_options) used_encoding.insert(name);
        item.device = flags.run.device;
        item.threads = flags.run.threads;
        item.kernels = flags.run.kernels;
        item.out = fs::path(flags.out) / "runs" / fmt::format("{}-{}-s{}", task, encoding, seed);
        engine_of(item, resolve(run));  // refuses before anything is trained
        items.push_back(std::move(item));
      }
    }
  }
  check_all_used(flags.run.task.overrides(), used_task, "tasks");
  check_all_used(flags.run.encoding.overrides(), used_encoding, "encodings");
  return items;
}

void check_unique(const std::vector<std::string>& names, const char* what) {
  const std::set<std::string> unique(names.begin(), names.end());
  check(unique.size() == names.size() && !names.empty(), "--{} names one twice, or none", what);
}

/// The runs of one task, one an encoding.
std::vector<Run> runs_of(const std::string& task, const std::vector<TrainOptions>& items) {
  std::vector<Run> runs;
  for (const auto& item : items) {
    if (item.run.task == task && item.run.seed == 1) runs.push_back(resolve(item.run));
  }
  return runs;
}

/// Runs the gates and writes gates.json; a gate that does not hold stops everything.
void pass_gates(const DiagnoseFlags& flags, const std::vector<TrainOptions>& items) {
  auto all = nlohmann::json::array();
  for (const auto& name : flags.tasks) {
    tell("gates of {} ..\n", name);
    const auto runs = runs_of(name, items);
    auto gates = task_gates(*runs.front().task);
    for (auto& gate : model_gates(runs)) gates.push_back(std::move(gate));
    for (const auto& gate : gates) {
      all.push_back({{"task", name},
                     {"gate", gate.name},
                     {"measured", gate.measured},
                     {"passed", gate.passed}});
      if (gate.passed) continue;
      throw std::runtime_error(
          fmt::format("{}: gate '{}' does not hold: {}", name, gate.name, gate.measured));
    }
  }
  write_file(fs::path(flags.out) / "gates.json", all.dump(2) + "\n");
  fmt::print("gates: all {} hold\n", all.size());
}

/// What is said of a stop is what was saved.
[[noreturn]] void say_stopped(const DiagnoseFlags& flags, const SweepResult& result) {
  if (result.lost.empty()) {
    fmt::print("{}: stopped and saved; --resume goes on\n", flags.out);
  } else {
    fmt::print(
        "{}: stopped; {} of the runs ended without saving and go on from their last evaluation "
        "with --resume: {}\n",
        flags.out,
        result.lost.size(),
        fmt::join(names_of(result.lost), ", "));
  }
  end_if_interrupted();
  throw std::logic_error("stopped without a signal");
}

SweepResult train_all(const DiagnoseFlags& flags, const std::vector<TrainOptions>& items) {
  ProgressBar bar("train", "steps", 1);
  const SweepHooks hooks{[&](const SweepProgress& p) {
                           bar.set_total(p.steps);
                           bar.update(p.steps_done,
                                      fmt::format(", {}/{} runs", p.finished, p.runs));
                         },
                         interrupted};
  return run_sweep(items, flags.jobs == 0 ? usable_cores() : flags.jobs, hooks);
}

struct Probed {
  bool interrupted = false, left_out = false;
};

/// Probes every trained model that has frequencies, on questions of its own task.
Probed probe_all(const DiagnoseFlags& flags, const std::vector<TrainOptions>& items) {
  Probed probed;
  const auto folder = fs::path(flags.out) / "probes";
  fs::create_directories(folder);
  ProgressBar bar("probe", "models", static_cast<int64_t>(items.size()));
  int64_t done = 0;
  for (const auto& item : items) {
    if (interrupted()) return {.interrupted = true};
    ProbeOptions options;
    options.checkpoint = item.out;
    options.input.task = item.run.task;
    options.out = folder / (item.out.filename().string() + ".h5");
    options.device = flags.run.device;
    options.command = command_line();
    options.code_version = WW_VERSION;
    if (has_frequencies(resolve(item.run).model)) probed.left_out |= tell_left_out(probe(options));
    bar.update(++done, "");
  }
  return probed;
}

void diagnose(const DiagnoseFlags& flags) {
  refuse_standard_output(flags.out, "the folder of runs");
  check_unique(flags.tasks, "tasks");
  check_unique(flags.encodings, "encodings");
  check(flags.seeds > 0 && flags.seeds <= kMostSeeds,
        "--seeds must be from 1 to {} but got {}",
        kMostSeeds,
        flags.seeds);
  check(flags.jobs >= 0, "--jobs must not be negative but got {}", flags.jobs);
  choose_device(flags.run.device);
  const auto items = plan(flags);
  const bool there = fs::exists(flags.out) && !fs::is_empty(flags.out);
  check(!there || flags.resume,
        "{}: exists; use --resume to go on, or choose another folder",
        flags.out);
  fs::create_directories(fs::path(flags.out) / "runs");
  const FolderLock lock(flags.out, "another diagnose is at work there", kPatience);
  make_deterministic(flags.run.threads);
  pass_gates(flags, items);
  watch_interrupts();  // from here on there is something to save
  const auto trained = train_all(flags, items);
  if (!trained.complete) say_stopped(flags, trained);
  const auto probed = probe_all(flags, items);
  if (probed.interrupted) say_stopped(flags, trained);
  const auto report = fs::path(flags.out) / "report.html";
  const auto line = fmt::format("{}: {} runs", report.string(), items.size());
  if (write_page(flags.out, report, line) || probed.left_out)
    throw CLI::RuntimeError(kLeftOutStatus);
}

}  // namespace

void add_diagnose(CLI::App& app) {
  const auto o = std::make_shared<DiagnoseFlags>();
  auto* command = app.add_subcommand("diagnose", "Train, probe and report: the main job");
  command->add_option("--tasks", o->tasks, "Comma-separated (see `whatwhere tasks`)")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--encodings", o->encodings, "Comma-separated (see `whatwhere encodings`)")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--seeds", o->seeds, "Runs of each, seeds 1, 2, ..")->capture_default_str();
  command->add_option("--jobs", o->jobs, "Runs at a time; 0: one for each core that may be used")
      ->capture_default_str();
  command->add_option("-o,--out", o->out, "Folder to write")->required();
  command->add_flag("--resume", o->resume, "Go on where an earlier call stopped");
  o->run.add_options(*command);
  command->callback([o] { diagnose(*o); });
}

}  // namespace ww
