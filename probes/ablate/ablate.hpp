// ablate.hpp: what a model loses when content, position or both can no longer do something,
// exactly: interventions on its scores over the same texts.
#pragma once

#include "probes/ablate/effects.hpp"
#include "probes/ablate/interventions.hpp"
#include "probes/probe.hpp"

namespace ww {

constexpr int64_t kUsualBands = 8;  // fewer where a model has fewer frequencies

struct AblateOptions {
  ProbeOptions probe;  // the clean pass, and where to write
  std::vector<std::string> interventions = {"unshift", "unscale", "derotate"};
  std::string layers = "all";   // all: at once alone; each: also one by one; or "0,3": these
  bool heads = false;           // also head by head, every chunk of the layers
  int64_t bands = kUsualBands;  // of frequencies, for layers one by one; at most one a frequency
  int64_t controls = 5;         // random sets of chunks beside each band; 0: none
  int64_t screen = 0;           // only the so many bands with the largest gate gradient; 0: all
  std::string side = "both";    // both, query, key
  double factor = 0.5;          // attenuate
  int64_t range = 0;            // offsets that curves are averaged over; 0: the longest text's
  uint64_t seed = 1;
};

/// Over heads: rank correlation of the quadrature share with what the intervention costs there.
struct HeadCorrelation {
  std::string intervention;
  double rho = 0;
  double low = 0, high = 0;  // 95 %, bootstrap over heads
  size_t heads = 0;
};

struct AblateReport {
  ProbeReport probe;
  int64_t range = 0;  // offsets that curves are averaged over; 0: none are
  std::vector<std::pair<std::string, Effect>> totals;  // all layers at once
  std::vector<HeadCorrelation> heads;                  // where heads ran and Q is measured
};

/// Called after each pass over the texts.
using AblateProgress = std::function<void(int64_t done, int64_t of)>;

/// Throws InputError as probe() does, for unknown interventions, layers that the model has not,
/// fewer than two texts, and a side for what has none; then nothing is written.
AblateReport ablate(const AblateOptions& options,
                    const ProbeProgress& clean_progress = {},
                    const AblateProgress& progress = {});

}  // namespace ww
