// metrics.hpp: the table of what a probe can say beyond usage norms, each a function of one pass's
// statistics.
#pragma once

#include <string>
#include <vector>

#include "probes/h5/probe_file.hpp"
#include "probes/statistics.hpp"

namespace ww {

/// What a metric is computed from.
struct MetricInput {
  const Decoder& model;
  const Statistics& statistics;
  Averaging averaging = Averaging::micro;
  int64_t train_length = 0;  // tokens; 0 unknown
};

/// What must be collected for a metric; several are added up.
enum Needs : unsigned { kUsage = 0, kMoments = 1, kPatterns = 2, kLosses = 4 };

struct MetricRow {
  const char* name;  // as in --metrics
  const char* what;  // one line for a person
  unsigned needs;
  void (*write)(const MetricInput&, ProbeFile&);
};

/// The table. A new metric is one .hpp/.cpp pair in probes/metrics and one line in metrics.cpp.
const std::vector<MetricRow>& metrics();
/// Rows by their names, `all`, `cheap` (those that need no pattern) or `usage` (none), in the
/// table's order. Throws InputError that lists the metrics where a name is none of them.
std::vector<MetricRow> chosen_metrics(const std::vector<std::string>& names);

}  // namespace ww
