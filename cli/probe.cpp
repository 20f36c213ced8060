// probe.cpp: how much queries and keys use each frequency.

#include "probes/probe.hpp"

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/model_flags.hpp"
#include "cli/progress.hpp"
#include "cli/run_flags.hpp"
#include "probes/metrics.hpp"

namespace ww {

namespace {

struct ProbeFlags {
  ModelFlags model;
  ProbeOptions probe;
  std::string out;
};

void probe_checkpoint(const ProbeFlags& flags) {
  flags.model.use_threads();
  auto options = flags.probe;
  options.checkpoint = flags.model.checkpoint;
  options.input = flags.model.input;
  options.device = flags.model.device;
  options.allow_unused = flags.model.allow_unused;
  options.out = flags.out;
  options.command = command_line();
  options.code_version = WW_VERSION;
  std::unique_ptr<ProgressBar> bar;
  const auto done = probe(options, [&](int64_t rows, int64_t of) {
    if (!bar) bar = std::make_unique<ProgressBar>("probe", "tokens x layers", of);
    bar->update(rows, "");
  });
  bar.reset();
  fmt::print("{}: {} texts, {} tokens, {:.4f} nats/token, logits agree to {:.1e}\n",
             flags.out,
             done.texts,
             done.tokens,
             done.loss,
             done.logit_error);
}

}  // namespace

void add_probe(CLI::App& app) {
  const auto o = std::make_shared<ProbeFlags>();
  auto* command = app.add_subcommand("probe", "How much queries and keys use each frequency");
  o->model.add_checkpoint(*command);
  command->add_option("-o,--out", o->out, "HDF5 file to write")->required();
  o->model.add_input(*command);
  std::string names = "What to measure: usage, cheap, all, or of";
  for (const auto& row : metrics()) names += fmt::format("\n{}: {}", row.name, row.what);
  command->add_option("--metrics", o->probe.metrics, names)->delimiter(',')->capture_default_str();
  command
      ->add_option("--train-length",
                   o->probe.train_length,
                   "Tokens that training saw at most; 0: what the checkpoint says")
      ->capture_default_str();
  command->add_option("--averaging", o->probe.averaging, "micro: tokens pooled; macro: texts first")
      ->capture_default_str();
  command->add_flag("--include-position0",
                    o->probe.include_position0,
                    "Count the first position, where attention sinks are, as any other");
  command->add_flag("--trust-layout",
                    o->probe.trust_layout,
                    "Write although the other pairing of features fits the text better");
  command->callback([o] { probe_checkpoint(*o); });
}

}  // namespace ww
