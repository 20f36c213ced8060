#include "models/graphs/choice.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "base/check.hpp"
#include "models/attention.hpp"
#include "models/encoding.hpp"
#include "models/graphs/cuda_graphs.hpp"

namespace ww {

namespace {

/// Whether attention adds something that is made of positions anew at every call.
bool has_bias(const ModelConfig& config) {
  const auto& row = encoding_row(config.encoding);
  const auto setting = setting_of(config, 0);
  const auto zeros = [&](const std::string& local) {
    for (const auto& spec : row.layer_parameters(setting)) {
      if (spec.name == local) return at::zeros(spec.shape);
    }
    return at::Tensor();
  };
  return row.make(setting, zeros)->bias(at::arange(2)).defined();
}

}  // namespace

std::string replay_obstacle(const Run& run, c10::Device device) {
  if (!device.is_cuda()) return "graphs are a GPU's; use --device cuda";
  if (!graphs_built()) return "this build has no CUDA; install the CUDA toolkit 13 and build again";
  if (run.options.random_positions > 0) return "random positions are other ones at every step";
  if (encoding_row(run.model.encoding).embedding != nullptr || has_bias(run.model)) {
    return "the host makes what this encoding adds";
  }
  const auto length = cohort_at(*run.task, run.train_stream(), 0).length;
  if (length > kMaskedRows) {
    return fmt::format(
        "strings have {} tokens, and beyond {} the host makes their masks", length, kMaskedRows);
  }
  return "";
}

bool replays(const std::string& word, const Run& run, c10::Device device) {
  check(word == "eager" || word == "graph" || word == "auto",
        "--launch must be eager, graph or auto but got '{}'",
        word);
  if (word == "eager") return false;
  const auto obstacle = replay_obstacle(run, device);
  check(obstacle.empty() || word == "auto",
        "--launch graph cannot be had: {}; or use --launch eager",
        obstacle);
  return obstacle.empty();
}

}  // namespace ww
