// probe.hpp: one pass over texts: capture queries and keys before rotation, sum, check, write HDF5.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "models/inputs.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/metrics.hpp"
#include "probes/statistics.hpp"

namespace ww {

struct ProbeOptions {
  std::filesystem::path checkpoint, out;
  InputOptions input;
  std::vector<std::string> metrics = {"cheap"};  // see metrics.hpp
  std::vector<std::string> controls;             // see controls.hpp
  std::string averaging = "micro";               // micro: tokens pooled; macro: texts first
  int64_t samples = kSamplesWritten;             // tokens of each side and layer that are written
  bool include_position0 = false;                // count each window's first token as any other
  int64_t train_length = 0;                      // tokens; 0: what the checkpoint says
  bool trust_layout = false;  // write although the other pairing of features fits better
  bool allow_unused = false;  // tensors that nobody reads are no reason to refuse
  bool every_row = false;     // as CollectOptions has it
  std::string device = "auto";
  std::string command, code_version;  // for the file's history
};

struct ProbeReport {
  int64_t texts = 0, tokens = 0;
  double loss = 0;                      // nats per prediction; NaN where none was computed
  bool answers = false;                 // predictions are a task's answers, not every next token
  int64_t loss_tokens = 0;              // how many tokens, from the first, it is of
  double logit_error = 0;               // the largest of all layers, see selfcheck.hpp
  std::vector<std::string> notes = {};  // of the inputs
  std::vector<LeftOut> left_out = {};   // metrics that did not pass their own check
};

/// Called after each layer of some windows with how many of tokens times layers are done.
using ProbeProgress = std::function<void(int64_t done, int64_t of)>;

/// A checkpoint, what it was run on, and what is known of it after one pass.
struct Probed {
  Loaded loaded;
  Inputs inputs;
  Statistics statistics;
  ProbeFile file;
  std::vector<LeftOut> left_out = {};
};

/// Called before the pass, to refuse what can be known to be wrong by then.
using BeforePass = std::function<void(const Loaded& loaded, const Inputs& inputs)>;

/// The pass without writing.
Probed run_probe(const ProbeOptions& options,
                 const ProbeProgress& progress = {},
                 const BeforePass& before = {});
ProbeReport report_of(const Probed& probed);

/// Throws InputError for a checkpoint or an input that is wrong, a metric that its encoding has
/// not, and where the self-check fails; then nothing is written. A metric that does not pass its
/// own check is left out.
ProbeReport probe(const ProbeOptions& options, const ProbeProgress& progress = {});

}  // namespace ww
