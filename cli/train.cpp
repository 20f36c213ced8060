// train.cpp: one training run.

#include "models/train.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>

#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/run_flags.hpp"
#include "models/checkpoint.hpp"
#include "models/sweep.hpp"

namespace ww {

namespace {

struct TrainFlags {
  RunFlags run;
  std::string encoding = "rope";
  uint64_t seed = 1;
  int64_t data_seed = -1;
  std::string out;
  std::string launch = "eager";
  bool resume = false;
};

std::string note_of(const TrainProgress& progress) {
  std::string note;
  if (std::isfinite(progress.train_loss)) note += fmt::format(", loss {:.3f}", progress.train_loss);
  if (progress.val_accuracy) note += fmt::format(", val {:.3f}", *progress.val_accuracy);
  return note;
}

void report(const TrainFlags& flags, const TrainResult& result) {
  if (!result.finished) {
    fmt::print("{}: stopped and saved at step {}; --resume goes on\n", flags.out, result.step);
    return;
  }
  const auto verdict = result.solved_step ? fmt::format("solved at step {}", *result.solved_step)
                                          : fmt::format("not solved within {} steps", result.step);
  fmt::print("{}: {} ({}), test accuracy {:.4f}{}\n",
             flags.out,
             verdict,
             result.label,
             result.test_accuracy,
             result.solved_step ? "" : "; solved is what two evaluations running are");
}

void train_one(const TrainFlags& flags) {
  refuse_standard_output(flags.out, "the folder of a run");
  TrainOptions options;
  options.run = flags.run.run(flags.run.task.name, flags.encoding, flags.seed);
  options.run.data_seed = flags.data_seed;
  options.out = flags.out;
  options.device = flags.run.device;
  options.threads = flags.run.threads;
  options.kernels = flags.run.kernels;
  options.launch = flags.launch;
  options.resume = flags.resume;
  options.command = command_line();
  options.code_version = WW_VERSION;
  const auto steps = resolve(options.run).training.steps;
  const auto all = join_processes();
  const std::filesystem::path out = flags.out;
  if (flags.resume && all->leads() && std::filesystem::exists(out / "record.jsonl") &&
      !has_state(out)) {
    tell("{}: holds no saved state; a run that has not ended begins anew\n", flags.out);
  }
  watch_interrupts();
  end_with_parent();
  std::optional<ProgressBar> bar(
      std::in_place, options.run.task + "/" + flags.encoding, "steps", steps);
  TrainHooks hooks{{}, interrupted, [](const auto& note) { tell("note: {}\n", note); }};
  if (all->leads()) {
    hooks.report = [&](const TrainProgress& p) { bar->update(p.step, note_of(p)); };
  }
  const auto result = train(options, hooks, *all);
  bar.reset();  // what follows begins a line
  if (all->leads()) report(flags, result);
  if (!result.finished) end_if_interrupted();
}

}  // namespace

void add_train(CLI::App& app) {
  const auto o = std::make_shared<TrainFlags>();
  auto* command = app.add_subcommand("train", "Train one model on one task");
  command->add_option("--task", o->run.task.name, "Which task (see `whatwhere tasks`)")->required();
  command
      ->add_option("--encoding", o->encoding, "Which position encoding (see `whatwhere encodings`)")
      ->capture_default_str();
  command->add_option("--seed", o->seed, "Of the parameters and the data")->capture_default_str();
  command->add_option("--data-seed", o->data_seed, "Of the data alone; -1: as --seed")
      ->capture_default_str();
  command->add_option("-o,--out", o->out, "Folder of the run")->required();
  command
      ->add_option("--launch",
                   o->launch,
                   "eager: operator by operator; graph: steps replayed as CUDA graphs, not yet run "
                   "on a GPU; auto: graph where it can be had")
      ->capture_default_str();
  command->add_flag("--resume", o->resume, "Go on where the run in the folder stopped");
  o->run.add_options(*command);
  command->callback([o] { train_one(*o); });
}

}  // namespace ww
