#include "models/presets.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"

namespace ww {

// `paper` is arXiv 2509.10534, Tables 7 and 8; `paper-mq` is the same task with 16 queries after
// each string. The small ones are ours.
const std::vector<TrainingPreset>& training_presets() {
  // clang-format off
  static const std::vector<TrainingPreset> table = {
      // name       C    H  L   B   Q   G   fixed    steps   warm  rate  delta     every  val    test   solved stop
      {"smoke",     64,  4, 2,  32, 8,  32, 0,       1500,   200,  2e-3, "zero",   250,   2048,  2048,  0.95,  true},
      {"cpu-fused", 64,  4, 2,  32, 8,  32, 0,       6000,   200,  2e-3, "zero",   500,   2048,  10000, 0.95,  false},
      {"cpu",       64,  4, 2,  32, 8,  32, 0,       8000,   200,  1e-3, "zero",   500,   2048,  10000, 0.95,  false},
      {"gpu-small", 128, 8, 4,  64, 16, 32, 0,       20000,  1000, 1e-3, "zero",   500,   4096,  10000, 0.95,  false},
      {"paper",     512, 8, 8,  64, 1,  16, 1000000, 100000, 4000, 2e-4, "uniform", 1000, 10000, 10000, 0.90,  false},
      {"paper-mq",  512, 8, 8,  64, 16, 32, 0,       25000,  1000, 3e-4, "uniform", 500,  10000, 10000, 0.90,  false},
  };
  // clang-format on
  return table;
}

const TrainingPreset& training_preset(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& preset : training_presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  refuse("unknown preset '{}'; there are: {}", name, fmt::join(names, ", "));
}

}  // namespace ww
