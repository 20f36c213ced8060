// metric_inputs.hpp: a small model and texts that metrics are taken of.
#pragma once

#include <ATen/ops/add.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/sub.h>
#include <c10/core/GradMode.h>

#include <complex>
#include <optional>

#include "base/philox.hpp"
#include "models/load.hpp"
#include "probes/metrics.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

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
  for (const int64_t length : {24, 31, 17, 52}) {
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
  options.moments = options.patterns = options.losses = options.spectra = true;
  return options;
}

inline ProbeFile measured(const Decoder& model, const std::vector<std::string>& names = {"all"}) {
  const auto inputs = some_texts();
  const auto statistics = collect(model, inputs, everything());
  ProbeFile file;
  const MetricInput input{model, inputs, statistics, Averaging::micro, model.config().train_length};
  for (const auto& row : chosen_metrics(names, scope_of(model))) row.write(input, file);
  return file;
}

/// zq -> zq / conj(w), zk -> w zk with a w for each key head and chunk, on the weights of a model.
inline void change_gauge(Decoder& model) {
  const auto& c = model.config();
  const c10::NoGradGuard no_grad;
  const auto D = c.head_width, F = D / 2, heads = c.heads / c.key_heads;
  for (int64_t l = 0; l < c.layers; ++l) {
    auto weight = model.parameters().at("blocks." + std::to_string(l) + ".attn.qkv.weight");
    for (int64_t k = 0; k < c.key_heads; ++k) {
      for (int64_t f = 0; f < F; ++f) {
        const std::complex<double> w = std::polar(0.5 + 0.3 * double(k + 1) + 0.1 * double(f),
                                                  double(l) - 0.7 * double(f * k));
        const auto turn = [&](int64_t first_row, std::complex<double> by) {
          auto x = weight[first_row + f], y = weight[first_row + F + f];
          const auto real = x * by.real() - y * by.imag(),
                     imaginary = x * by.imag() + y * by.real();
          x.copy_(real);
          y.copy_(imaginary);
        };
        for (int64_t h = k * heads; h < (k + 1) * heads; ++h) turn(h * D, 1.0 / std::conj(w));
        turn((c.heads + k) * D, w);
      }
    }
  }
}

/// stories260K on twenty texts that it was trained on; nothing, with a skip, where they are not.
struct Stories {
  Loaded loaded;
  Inputs texts;
};
inline std::optional<Stories> stories() {
  const auto sample =
      source_root().parent_path() / "shared/data/stories260k/tinystories_sample.txt";
  if (!std::filesystem::exists(sample)) {
    skip("no sample of TinyStories");
    return std::nullopt;
  }
  const auto checkpoint = source_root() / "data/stories260k/stories260K.bin";
  auto loaded = load_checkpoint(checkpoint);
  InputOptions options;
  options.text = sample.string();
  options.texts = 20;
  auto texts = read_inputs(options, loaded, checkpoint);
  return Stories{std::move(loaded), std::move(texts)};
}

}  // namespace ww::test
