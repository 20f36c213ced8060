#include "models/kernels/cuda/check/warps.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "models/kernels/cuda/trial.cuh"

namespace ww::kernels::cuda {

std::vector<Trial> draw_trials(Element element, int warps, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  const auto two = [&] {
    const uint32_t low = host::to_element(element, normal(generator));
    return low | static_cast<uint32_t>(host::to_element(element, normal(generator))) << 16;
  };
  std::vector<Trial> trials(static_cast<size_t>(warps) * kTrialLanes);
  for (size_t i = 0; i < trials.size(); ++i) {
    auto& trial = trials[i];
    for (auto* const words : {trial.a, trial.row}) {
      for (int r = 0; r < 4; ++r) words[r] = two();
    }
    for (auto& word : trial.b) word = two();
    for (auto& c : trial.c) c = normal(generator);
    trial.inside = i % 5 != 0;
    trial.mask = 1 << (i / kTrialLanes % 5);
    trial.power = normal(generator) * 10;
    trial.positive = std::exp(normal(generator) * 10);
    trial.low = normal(generator);
    trial.high = normal(generator);
  }
  return trials;
}

std::vector<Answer> host_answers(Element element, const std::vector<Trial>& trials) {
  std::vector<Answer> answers(trials.size());
  std::memset(static_cast<void*>(answers.data()), 0xFF, answers.size() * sizeof(Answer));
  const auto warps = static_cast<int>(trials.size()) / kTrialLanes;
  run_trial(element, warps, trials.data(), answers.data(), nullptr);
  return answers;
}

namespace {

/// The larger error; a NaN stays.
void worsen(double& worst, double error) {
  worst = std::isnan(error) || std::isnan(worst) ? NAN : std::max(worst, error);
}

bool same(const void* x, const void* y, size_t bytes) { return std::memcmp(x, y, bytes) == 0; }

}  // namespace

std::vector<Distance> answer_distances(const std::vector<Answer>& answers,
                                       const std::vector<Answer>& host) {
  double product = 0, power = 0, logarithm = 0;
  double rows = 0, across = 0, shuffled = 0, packed = 0, unpacked = 0;
  for (size_t i = 0; i < host.size(); ++i) {
    const auto &x = answers[i], &y = host[i];
    for (int c = 0; c < 4; ++c) worsen(product, std::abs(x.product[c] - y.product[c]));
    worsen(power, std::abs(x.power / y.power - 1));
    worsen(logarithm, std::abs(x.logarithm - y.logarithm) / std::max(1.0F, std::abs(y.logarithm)));
    rows += same(x.rows, y.rows, sizeof(x.rows)) ? 0 : 1;
    across += same(x.across, y.across, sizeof(x.across)) ? 0 : 1;
    shuffled += x.shuffled == y.shuffled ? 0 : 1;
    packed += x.packed == y.packed ? 0 : 1;
    unpacked += same(x.unpacked, y.unpacked, sizeof(x.unpacked)) ? 0 : 1;
  }
  return {{"multiply", product, 1e-5},
          {"load_matrices and copy_async, lanes that differ", rows, 0},
          {"load_matrices_across, lanes that differ", across, 0},
          {"shuffle_xor, lanes that differ", shuffled, 0},
          {"power_of_two", power, 1e-6},
          {"log_two", logarithm, 1e-6},
          {"pack, lanes that differ", packed, 0},
          {"unpack, lanes that differ", unpacked, 0}};
}

}  // namespace ww::kernels::cuda
