// test_optimiser.cpp: the rate's schedule, and AdamW against its algorithm restated.

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <cmath>
#include <limits>

#include "models/optimiser.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"

using namespace ww;

TEST_CASE("The rate warms up, then falls along a cosine to a tenth", "[train]") {
  CHECK(learning_rate(1, 8000, 200, 1e-3) == Approx(5e-6));
  CHECK(learning_rate(200, 8000, 200, 1e-3) == Approx(1e-3));
  CHECK(learning_rate(4100, 8000, 200, 1e-3) == Approx(5.5e-4));
  CHECK(learning_rate(8000, 8000, 200, 1e-3) == Approx(1e-4));
}

TEST_CASE("AdamW on the CPU kernels takes the steps of AdamW on tensors", "[train][kernels]") {
  test::for_each_isa([](kernels::Isa isa) {
    // 67 and 5 elements: no whole number of vectors.
    ParameterSpec matrix{"m", {67}, Init::normal, true}, scale{"s", {5}, Init::ones, false};
    Parameters ours({scale, matrix}, at::kFloat), plain({scale, matrix}, at::kFloat);
    AdamW ours_by(ours), plain_by(plain);
    ours_by.compute_with(kernels::table_of(isa));
    for (auto* parameters : {&ours, &plain}) {
      parameters->initialise(1, 16, 1);
      parameters->track_gradients();
    }
    for (int step = 1; step <= 20; ++step) {
      for (auto* parameters : {&ours, &plain}) {
        const auto g =
            at::arange(72, at::kFloat).mul(0.3 * step).cos().mul(step % 3 == 0 ? 2 : 0.01);
        parameters->gradients().copy_(g);
      }
      CHECK(ours_by.step(0.01).item<double>() == Approx(plain_by.step(0.01).item<double>()));
      require_close(ours.values(), plain.values(), 1e-6);
      require_close(ours_by.first(), plain_by.first(), 1e-6);
      require_close(ours_by.second(), plain_by.second(), 1e-6);
      CHECK(ours.gradients().abs().max().item<float>() == 0);
    }
    ours.gradients()[3].fill_(std::numeric_limits<float>::quiet_NaN());
    CHECK(std::isnan(ours_by.step(0.01).item<double>()));
  });
}

TEST_CASE("AdamW decays matrices alone and clips the gradient's norm", "[train]") {
  // Restated in double from arXiv 1711.05101, Algorithm 2, with the clipping before it.
  ParameterSpec matrix{"m", {2, 2}, Init::ones, true}, scale{"s", {3}, Init::ones, false};
  Parameters parameters({scale, matrix}, at::kDouble);
  parameters.initialise(1, 16, 1);
  parameters.track_gradients();
  AdamW optimiser(parameters);
  std::vector<double> value(7, 1.0), first(7, 0.0), second(7, 0.0);
  for (int step = 1; step <= 4; ++step) {
    auto gradient = parameters.gradients();
    double norm = 0;
    std::vector<double> g(7);
    for (int i = 0; i < 7; ++i) {
      g[i] = 0.3 * step * (i - 2.5);
      gradient[i] = g[i];
      norm += g[i] * g[i];
    }
    norm = std::sqrt(norm);
    CHECK(optimiser.step(0.01).item<double>() == Approx(norm));
    for (int i = 0; i < 7; ++i) {
      const double clipped = g[i] * std::min(1.0, 1 / (norm + 1e-6));
      if (i < 4) value[i] *= 1 - 0.01 * 0.01;
      first[i] = 0.9 * first[i] + 0.1 * clipped;
      second[i] = 0.99 * second[i] + 0.01 * clipped * clipped;
      const double m = first[i] / (1 - std::pow(0.9, step)),
                   v = second[i] / (1 - std::pow(0.99, step));
      value[i] -= 0.01 * m / (std::sqrt(v) + 1e-8);
      CHECK(parameters.values()[i].item<double>() == Approx(value[i]).epsilon(1e-9));
      CHECK(parameters.gradients()[i].item<double>() == 0);
    }
  }
}
