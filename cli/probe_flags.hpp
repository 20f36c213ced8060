// probe_flags.hpp: the flags of commands that probe a checkpoint.
#pragma once

#include <memory>

#include "cli/model_flags.hpp"
#include "cli/progress.hpp"
#include "probes/probe.hpp"

namespace ww {

struct ProbeFlags {
  ModelFlags model;
  ProbeOptions probe;
  std::string out;

  void add(CLI::App& command);
  /// Everything in its place; sets the threads.
  ProbeOptions options() const;
};

/// A bar that appears with its first word.
class PassProgress {
 public:
  PassProgress(const char* name, const char* unit) : name_(name), unit_(unit) {}
  std::function<void(int64_t done, int64_t of)> callback();
  void end() { bar_.reset(); }

 private:
  const char *name_, *unit_;
  std::unique_ptr<ProgressBar> bar_;
};

/// What its loss is counted by: "nats/answer" of a task.
const char* loss_unit(const ProbeReport& done);
void print_probe_line(const std::string& out, const ProbeReport& done);
/// Says which metrics were left out, and ends with status 3 if any was.
void end_with_warnings(const ProbeReport& done);

}  // namespace ww
