// small_run.hpp: a training run that takes a fraction of a second.
#pragma once

#include "base/files.hpp"
#include "models/train.hpp"

namespace ww::test {

inline TrainOptions small_run(const std::filesystem::path& out, const std::string& encoding) {
  TrainOptions options;
  options.run.task = "indirect";
  options.run.encoding = encoding;
  options.run.training_options = {{"width", "16"},
                                  {"heads", "2"},
                                  {"layers", "1"},
                                  {"strings", "8"},
                                  {"cohort", "4"},
                                  {"queries", "2"},
                                  {"steps", "30"},
                                  {"warm-up", "4"},
                                  {"evaluate-every", "10"},
                                  {"validation-answers", "64"},
                                  {"test-answers", "96"}};
  options.device = "cpu";
  options.out = out;
  return options;
}

/// The bytes of the model that a run left.
inline std::string saved_weights(const std::filesystem::path& folder) {
  return read_file(folder / "model.safetensors");
}

}  // namespace ww::test
