// presets.hpp: how large a model and how long a training each preset means. The tasks' own sizes
// under the same names are in tasks/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ww {

struct TrainingPreset {
  std::string name;
  int64_t width = 64, heads = 4, layers = 2;   // C, H, L; the MLP is 4 C wide, D = C / H
  int strings = 32, queries = 8, cohort = 32;  // B, Q, G of a step
  uint64_t fixed_strings = 0;                  // 0: fresh strings for ever
  int64_t steps = 1500, warm_up = 200;
  double rate = 1e-3;            // peak
  std::string delta = "zero";    // start of a learned phase bias
  int64_t evaluate_every = 250;  // steps
  int64_t validation_answers = 2048, test_answers = 2048;
  double solved_at = 0.95;  // accuracy, 0 to 1
  bool stop_when_solved = false;
  std::string dtype = "float32";  // of products in training, see device.hpp

  /// The fields that a run may set for itself, by the names of their flags.
  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("width", self.width);
    f("heads", self.heads);
    f("layers", self.layers);
    f("strings", self.strings);
    f("queries", self.queries);
    f("cohort", self.cohort);
    f("fixed-strings", self.fixed_strings);
    f("steps", self.steps);
    f("warm-up", self.warm_up);
    f("lr", self.rate);
    f("evaluate-every", self.evaluate_every);
    f("validation-answers", self.validation_answers);
    f("test-answers", self.test_answers);
    f("solved-at", self.solved_at);
    f("stop-when-solved", self.stop_when_solved);
    f("dtype", self.dtype);
  }
};

const std::vector<TrainingPreset>& training_presets();
/// Throws InputError that lists the presets where `name` is none of them.
const TrainingPreset& training_preset(const std::string& name);

}  // namespace ww
