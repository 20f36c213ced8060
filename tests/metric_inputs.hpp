// metric_inputs.hpp: a small model and texts that metrics are taken of.
#pragma once

#include <c10/core/GradMode.h>

#include "base/philox.hpp"
#include "probes/metrics.hpp"

namespace ww::test {

inline ModelConfig small_config(const std::string& encoding = "rope") {
  ModelConfig c;
  c.vocabulary = 20;
  c.width = 32;
  c.layers = 2;
  c.heads = 4;
  c.key_heads = 2;
  c.head_width = 8;
  c.hidden = 32;
  c.train_length = 30;
  c.encoding = encoding;
  c.encoding_options.base = 100;
  return c;
}

inline Decoder made(const ModelConfig& config) {
  Decoder model(config);
  model.parameters().initialise(3, config.width, config.layers);
  const c10::NoGradGuard no_grad;
  model.parameters().values().mul_(2);  // scores of some size
  return model;
}

inline Inputs some_texts() {
  Inputs inputs;
  uint64_t drawn = 0;
  for (const int64_t length : {24, 31, 17}) {
    Window window;
    for (int64_t t = 0; t < length; ++t) {
      window.ids.push_back(static_cast<int32_t>(uniform_at(9, 1, drawn++) * 20));
    }
    inputs.texts.push_back({"text " + std::to_string(length), "", {window}});
  }
  return inputs;
}

inline CollectOptions everything() {
  CollectOptions options;
  options.moments = options.patterns = true;
  return options;
}

inline ProbeFile measured(const Decoder& model, const std::vector<std::string>& names = {"all"}) {
  const auto statistics = collect(model, some_texts(), everything());
  ProbeFile file;
  const MetricInput input{model, statistics, Averaging::micro, model.config().train_length};
  for (const auto& row : chosen_metrics(names)) row.write(input, file);
  return file;
}

}  // namespace ww::test
