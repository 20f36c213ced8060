// statistics.hpp: what one pass over the texts collects, a layer each, before anything is averaged.
// Every metric is a function of it.
#pragma once

#include <vector>

#include "probes/moments.hpp"
#include "probes/pattern_sums.hpp"
#include "probes/spectra.hpp"
#include "probes/usage.hpp"
#include "probes/walk.hpp"

namespace ww {

constexpr int64_t kMostSamples = 512;    // tokens of each side and layer that are sampled
constexpr int64_t kSamplesWritten = 64;  // of them in a file, unless it is asked for more

struct LayerStatistics {
  std::vector<UsageSums> query, key, value;  // a text each; values only where they are asked for
  BlockedMoments query_moments, key_moments;
  /// Chunks of up to 512 tokens before rotation, [G, N, F], complex, as exact as they were
  /// captured.
  at::Tensor query_samples, key_samples;
  SpectrumSums query_spectrum, key_spectrum;
  PatternSums pattern;
  double logit_error = 0;  // the largest, see selfcheck.hpp
};

/// What each prediction of the first text's first tokens costs, nats, up to kOpeningTokens: by that
/// alone a misread checkpoint shows. Empty for a task.
struct Opening {
  std::vector<double> losses;
  int64_t tokens() const;
  double loss() const;  // mean, nats per prediction; NaN where there is none
};

struct Statistics {
  std::vector<LayerStatistics> layers;
  std::vector<TextLoss> losses;  // a text each; empty of predictions unless they are asked for
  Opening opening;
  int64_t longest = 0;  // tokens of the longest window
};

struct CollectOptions {
  bool include_position0 = false;
  bool macro = false;      // moments weigh each text alike, not each token
  bool moments = false;    // and samples
  bool patterns = false;   // what needs every score
  bool every_row = false;  // tensor operations form every score, as they do under an intervention
  bool spectra = false;    // of norms along each window
  bool head = true;        // whether the model has one: without there are no losses
  bool losses = false;     // of every text: the head may cost as much as the layers
  bool values = false;     // usage of value vectors, paired as queries and keys are
};

/// Runs every window of every text. Throws InputError where a value is not finite, and for a text
/// of which no token is counted.
Statistics collect(const Decoder& model,
                   const Inputs& inputs,
                   const CollectOptions& options,
                   const std::function<void(int64_t done, int64_t of)>& progress = {});

}  // namespace ww
