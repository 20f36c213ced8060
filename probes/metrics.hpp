// metrics.hpp: the table of what a probe can say beyond usage norms, each a function of one pass's
// statistics.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "probes/h5/probe_file.hpp"
#include "probes/statistics.hpp"

namespace ww {

/// What a metric is computed from.
struct MetricInput {
  const Decoder& model;
  const Inputs& inputs;
  const Statistics& statistics;
  Averaging averaging = Averaging::micro;
  int64_t train_length = 0;           // tokens; 0 unknown
  int64_t samples = kSamplesWritten;  // tokens that /samples holds at most
};

/// What must be collected for a metric; several are added up.
enum Needs : unsigned {
  kUsage = 0,
  kMoments = 1,
  kPatterns = 2,
  kLosses = 4,
  kSpectra = 8,
  kRuns = 16,  // nothing of the pass: the metric runs the model anew
};

/// Which encodings a metric says something of, each a part of those before.
enum class Scope {
  any,
  offsets,      // scores are a function of two contents and the offset between them
  frequencies,  // and queries and keys have frequencies
};
/// The narrowest that a model's encoding is in.
Scope scope_of(const Decoder& model);

struct MetricRow {
  const char* name;  // as in --metrics
  const char* what;  // one line for a person
  Scope scope;
  unsigned needs;
  void (*write)(const MetricInput&, ProbeFile&);
};

/// A metric does not pass its own check. Its numbers are not to be believed, the others' are.
class MetricError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LeftOut {
  std::string metric, why;
};
/// Writes the rows in turn. One that does not pass its own check leaves nothing in the file: it is
/// left out and named.
std::vector<LeftOut> write_metrics(const std::vector<MetricRow>& rows,
                                   const MetricInput& input,
                                   ProbeFile& file);

/// The table. A new metric is one .hpp/.cpp pair in probes/metrics and one line in metrics.cpp.
const std::vector<MetricRow>& metrics();
/// Rows by their names, `all`, `cheap` (the default: no patterns, spectra, further runs) or `usage`
/// (none), in the table's order; of `all` and `cheap` those that encodings of this scope have.
/// Throws InputError that lists the metrics where a name is none of them, and for one named that
/// the encoding has not.
std::vector<MetricRow> chosen_metrics(const std::vector<std::string>& names,
                                      Scope scope = Scope::frequencies);

}  // namespace ww
