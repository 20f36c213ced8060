// capture.hpp: what one pass over the texts collects, before anything is averaged.
#pragma once

#include <vector>

#include "models/inputs.hpp"
#include "probes/usage.hpp"

namespace ww {

struct TextCapture {
  std::vector<UsageSums> query, key;  // a layer each
  int64_t tokens = 0, predictions = 0;
  double loss = 0;  // nats per prediction; NaN where nothing is predicted
};

struct Capture {
  std::vector<TextCapture> texts;
  std::vector<double> logit_errors;  // the largest of each layer, see selfcheck.hpp
};

/// Runs every window of every text. Throws InputError where a value is not finite.
Capture capture(const Decoder& model,
                const Inputs& inputs,
                bool include_position0,
                const std::function<void(int64_t done, int64_t of)>& progress);

}  // namespace ww
