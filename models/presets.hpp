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

  /// Calls f(name, field, help) for the fields that a run may set for itself, by the names of their
  /// flags.
  template <typename Self, typename F>
  static void visit(Self& self, F&& f) {
    f("width", self.width, "Features of a token; the MLP has four times as many");
    f("heads", self.heads, "Heads of a layer; they share the width");
    f("layers", self.layers, "Blocks of attention and MLP");
    f("strings", self.strings, "Strings of a step");
    f("queries", self.queries, "Questions after each string");
    f("cohort", self.cohort, "Strings of one length, computed together; divides --strings");
    f("fixed-strings", self.fixed_strings, "Strings that training draws from; 0: always new ones");
    f("steps", self.steps, "Updates of the parameters");
    f("warm-up", self.warm_up, "Steps until the learning rate is at its peak");
    f("lr", self.rate, "Peak of the learning rate; a cosine takes it down to a tenth");
    f("evaluate-every", self.evaluate_every, "Steps from one evaluation to the next");
    f("validation-answers", self.validation_answers, "Answers of each evaluation");
    f("test-answers", self.test_answers, "Answers of the test at the end");
    f("solved-at", self.solved_at, "Accuracy that is solved where two evaluations running have it");
    f("stop-when-solved", self.stop_when_solved, "End training there; alone: true");
    f("dtype", self.dtype, "float32, or bf16: products in bfloat16");
  }
};

const std::vector<TrainingPreset>& training_presets();
/// Throws InputError that lists the presets where `name` is none of them.
const TrainingPreset& training_preset(const std::string& name);

}  // namespace ww
