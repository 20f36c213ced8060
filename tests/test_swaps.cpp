// test_swaps.cpp: exchanged blocks and spectra of norms, against loops and known answers.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <numbers>

#include "base/philox.hpp"
#include "base/statistics.hpp"
#include "probes/spectra.hpp"
#include "tests/catch.hpp"
#include "tests/metric_inputs.hpp"

using namespace ww;
using namespace ww::test;

namespace {

constexpr int64_t kBlock = 16;

Inputs texts_of(const std::vector<int64_t>& lengths) {
  Inputs inputs;
  uint64_t drawn = 0;
  for (const auto length : lengths) {
    Window window;
    for (int64_t t = 0; t < length; ++t) {
      window.ids.push_back(static_cast<int32_t>(uniform_at(5, 1, drawn++) * 20));
    }
    inputs.texts.push_back({"text", "", {window}});
  }
  return inputs;
}

ProbeFile swapped_blocks(const Decoder& model, const Inputs& inputs) {
  ProbeFile file;
  const Statistics none;
  chosen_metrics({"swaps"}).front().write({model, inputs, none, Averaging::micro, 0}, file);
  return file;
}

/// Attention that the last 16 tokens pay to blocks 0 and 1, one layer and head.
std::array<double, 2> masses(const Decoder& model,
                             const std::vector<int32_t>& ids,
                             int64_t layer,
                             int64_t head) {
  std::array<double, 2> sums{};
  Hooks hooks;
  hooks.observe = [&](const Observation& seen) {
    if (seen.site != "blocks." + std::to_string(layer) + ".attn.pattern") return;
    const auto T = static_cast<int64_t>(ids.size());
    for (int64_t t = T - kBlock; t < T; ++t) {
      for (int64_t s = 1; s < 1 + 2 * kBlock; ++s) {
        sums[static_cast<size_t>((s - 1) / kBlock)] += seen.value[0][head][t][s].item<double>();
      }
    }
  };
  const c10::NoGradGuard no_grad;
  model.forward(text_input(ids, at::kCPU), hooks);
  return sums;
}

double cosine(std::array<double, 2> a, std::array<double, 2> b) {
  return (a[0] * b[0] + a[1] * b[1]) / std::hypot(a[0], a[1]) / std::hypot(b[0], b[1]);
}

Chunks norms_along(const std::vector<double>& norms) {
  const auto real = at::tensor(norms, at::kDouble).view({1, -1, 1});
  return {real, at::zeros_like(real), {}};
}

double entropy_of(const std::vector<double>& norms) {
  SpectrumSums sums;
  add_spectrum(sums, norms_along(norms), 0);
  return (sums.entropy / sums.windows).item<double>();
}

}  // namespace

TEST_CASE("Exchanged blocks: cosines equal those of a loop over two passes", "[metrics]") {
  const auto model = made(small_config());
  const auto inputs = texts_of({1 + 3 * kBlock + 7});  // one pair of blocks; 7 tokens are cut off
  const auto file = swapped_blocks(model, inputs);
  auto ids = inputs.texts[0].windows[0].ids;
  ids.resize(1 + 3 * kBlock);
  auto other = ids;
  std::swap_ranges(other.begin() + 1, other.begin() + 1 + kBlock, other.begin() + 1 + kBlock);
  for (int64_t l = 0; l < 2; ++l) {
    for (int64_t h = 0; h < 4; ++h) {
      const auto v = masses(model, ids, l, h), after = masses(model, other, l, h);
      const auto at = static_cast<size_t>(l * 4 + h);
      CHECK(file.variables.at("metrics/s_pos").values[at] ==
            Approx(cosine(after, v)).epsilon(1e-5));
      CHECK(file.variables.at("metrics/s_sym").values[at] ==
            Approx(cosine(after, {v[1], v[0]})).epsilon(1e-5));
    }
  }
}

TEST_CASE("Errors of exchanged blocks are those of a mean over texts", "[metrics]") {
  const auto model = made(small_config());
  const auto inputs = texts_of({1 + 3 * kBlock, 1 + 3 * kBlock, 40, 1 + 3 * kBlock});
  const auto file = swapped_blocks(model, inputs);  // one exchange in each of three texts
  std::vector<double> each;
  for (const size_t text : {0U, 1U, 3U}) {
    auto ids = inputs.texts[text].windows[0].ids;
    const auto before = masses(model, ids, 1, 2);
    std::swap_ranges(ids.begin() + 1, ids.begin() + 1 + kBlock, ids.begin() + 1 + kBlock);
    each.push_back(cosine(masses(model, ids, 1, 2), before));
  }
  CHECK(file.variables.at("metrics/s_pos").values[6] == Approx(mean(each)).epsilon(1e-5));
  CHECK(file.variables.at("metrics/s_pos_se").values[6] ==
        Approx(standard_deviation(each) / std::sqrt(3)).epsilon(1e-3));
  const auto alone = swapped_blocks(model, texts_of({100}));
  for (const double error : alone.variables.at("metrics/s_sym_se").values) {
    CHECK(std::isnan(error));
  }
}

TEST_CASE("Without positions attention goes with exchanged contents", "[metrics]") {
  const auto file = swapped_blocks(made(small_config("nope")), texts_of({100, 150, 20}));
  const auto& goes = file.variables.at("metrics/s_sym").values;
  const auto& stays = file.variables.at("metrics/s_pos").values;
  for (size_t h = 0; h < 4; ++h) {  // of the first layer: above it, contents know their context
    CHECK(goes[h] == Approx(1));
    CHECK(stays[h] < 0.9999);
  }
}

TEST_CASE("Without content attention stays with the places of exchanged blocks", "[metrics]") {
  auto model = made(small_config("alibi"));
  const c10::NoGradGuard no_grad;
  for (const auto* const layer : {"0", "1"}) {
    model.parameters().at(std::string("blocks.") + layer + ".attn.qkv.weight").zero_();
  }
  const auto file = swapped_blocks(model, texts_of({100}));
  for (const double s : file.variables.at("metrics/s_pos").values) CHECK(s == Approx(1));
  for (const double s : file.variables.at("metrics/s_sym").values) CHECK(s < 0.999);
}

TEST_CASE("Texts of fewer than three blocks have nothing to exchange", "[metrics]") {
  const auto file = swapped_blocks(made(small_config()), texts_of({3 * kBlock}));
  for (const auto* const name : {"metrics/s_pos", "metrics/s_pos_se"}) {
    for (const double s : file.variables.at(name).values) CHECK(std::isnan(s));
  }
}

TEST_CASE("The spectrum of a sine has no entropy, that of noise the entropy of noise",
          "[metrics]") {
  std::vector<double> sine, noise;
  for (int t = 0; t < 4096; ++t) {
    sine.push_back(3 + std::sin(2 * std::numbers::pi * 5 * t / 4096));
    noise.push_back(normal_at(3, 1, static_cast<uint64_t>(t)));
  }
  for (auto& value : noise) value += 10;  // a norm is positive
  const double K = 2047;
  CHECK(std::abs(entropy_of(sine)) < 1e-9);
  CHECK(entropy_of(noise) == Approx((std::log(K) - 0.4228) / std::log(K)).margin(0.005));
}

TEST_CASE("Frequency entropies equal a Fourier sum written out", "[metrics]") {
  for (const int N : {5, 6, 16, 31}) {
    std::vector<double> norms, power;
    for (int t = 0; t < N; ++t) norms.push_back(1 + std::cos(t * t * 0.7));
    const int K = (N - 1) / 2;
    for (int k = 1; k <= K; ++k) {
      std::complex<double> sum;
      for (int t = 0; t < N; ++t) {
        sum += norms[static_cast<size_t>(t)] * std::polar(1.0, -2 * std::numbers::pi * k * t / N);
      }
      power.push_back(std::norm(sum));
    }
    double total = 0, entropy = 0;
    for (const double p : power) total += p;
    for (const double p : power) entropy -= p / total * std::log(p / total) / std::log(K);
    CHECK(entropy_of(norms) == Approx(entropy));
  }
}

TEST_CASE("A norm that never varies has no spectrum, nor has a window of four tokens",
          "[metrics]") {
  CHECK(std::isnan(entropy_of(std::vector<double>(50, 0.7))));
  SpectrumSums sums;
  add_spectrum(sums, norms_along({1, 2, 3, 4, 5}), 1);
  CHECK(!sums.entropy.defined());
}
