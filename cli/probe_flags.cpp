#include "cli/probe_flags.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/files.hpp"
#include "base/streams.hpp"
#include "cli/left_out.hpp"
#include "cli/run_flags.hpp"
#include "probes/controls.hpp"
#include "probes/metrics.hpp"

namespace ww {

void ProbeFlags::add(CLI::App& command) {
  model.add_checkpoint(command);
  command.add_option("-o,--out", out, "HDF5 file to write")->required();
  model.add_input(command);
  std::string names = "What to measure: usage, cheap, all, or of";
  for (const auto& row : metrics()) names += fmt::format("\n{}: {}", row.name, row.what);
  command.add_option("--metrics", probe.metrics, names)->delimiter(',')->capture_default_str();
  std::string held = "What to hold the numbers against, of";
  for (const auto& row : controls()) held += fmt::format("\n{}: {}", row.name, row.what);
  command.add_option("--control", probe.controls, held)->delimiter(',');
  command
      .add_option("--train-length",
                  probe.train_length,
                  "Tokens that training saw at most; 0: what the checkpoint says")
      ->capture_default_str();
  command.add_option("--averaging", probe.averaging, "micro: tokens pooled; macro: texts first")
      ->capture_default_str();
  command
      .add_option("--samples",
                  probe.samples,
                  fmt::format("Tokens of each side and layer whose chunks are written, 1 to {}",
                              kMostSamples))
      ->capture_default_str();
  command.add_flag("--include-position0",
                   probe.include_position0,
                   "Count the first position, where attention sinks are, as any other");
  command.add_flag(
      "--trust-layout",
      probe.trust_layout,
      "Write although the loss says that features are paired in the other rope-layout");
}

ProbeOptions ProbeFlags::options() const {
  refuse_standard_output(out, "an HDF5 file");
  check_output(out);
  model.use_threads();
  auto options = probe;
  options.checkpoint = model.checkpoint;
  options.input = model.input;
  options.device = model.device;
  options.allow_unused = model.allow_unused;
  options.out = out;
  options.command = command_line();
  options.code_version = WW_VERSION;
  return options;
}

std::function<void(int64_t done, int64_t of)> PassProgress::callback() {
  return [this](int64_t done, int64_t of) {
    if (!bar_) bar_ = std::make_unique<ProgressBar>(name_, unit_, of);
    bar_->update(done, "");
  };
}

const char* loss_unit(const ProbeReport& done) {
  return done.answers ? "nats/answer" : "nats/prediction";
}

void print_probe_line(const std::string& out, const ProbeReport& done) {
  print_notes(done.notes);
  std::string loss;
  if (!std::isnan(done.loss)) loss = fmt::format(", {:.4f} {}", done.loss, loss_unit(done));
  if (!loss.empty() && done.loss_tokens < done.tokens) {
    loss += fmt::format(" over the first {}", done.loss_tokens);
  }
  fmt::print("{}: {} text{}, {} tokens{}, self-check passed (scores recomputed, error {:.1e})\n",
             out,
             done.texts,
             done.texts == 1 ? "" : "s",
             done.tokens,
             loss,
             done.logit_error);
}

void end_with_warnings(const ProbeReport& done) {
  if (tell_left_out(done)) throw CLI::RuntimeError(kLeftOutStatus);
}

}  // namespace ww
