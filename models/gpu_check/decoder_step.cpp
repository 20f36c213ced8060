#include "models/gpu_check/decoder_step.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "models/decoder.hpp"
#include "models/places.hpp"
#include "models/run.hpp"

namespace ww {

using kernels::cuda::Distance;
using kernels::cuda::Launchers;

namespace {

/// Four strings of `indirect` and their queries; heads are 64 wide.
Run run_of(const std::string& encoding, const SteppedEngine& asked) {
  RunOptions options;
  options.random_positions = asked.random_positions;
  options.preset = "cpu";
  options.encoding = encoding;
  options.training_options = {
      {"width", "128"}, {"heads", "2"}, {"layers", "2"}, {"strings", "4"}, {"cohort", "4"}};
  if (asked.queries > 0) options.training_options["queries"] = std::to_string(asked.queries);
  return resolve(options);
}

constexpr double kTextAllowed = 1e-5;  // float32 in any case

struct Step {
  double loss;
  Decoder model;
  at::Tensor text;  // [1, T, V], logits
};

/// Of a text whose tokens see all that came before, with no gradient.
at::Tensor text_logits(const Decoder& model, at::Device device) {
  constexpr int64_t kTokens = 200;
  const c10::NoGradGuard no_grad;
  const auto places = at::arange(kTokens, at::kLong);
  const auto tokens = places.remainder(model.config().vocabulary).unsqueeze(0).to(device);
  return model.forward({tokens, places, {}, {}});
}

Step step_of(const Run& run, const Engine& engine, at::ScalarType type, at::Device device) {
  Step step{0, Decoder(run.model, at::TensorOptions(at::kFloat).device(device)), {}};
  auto& model = step.model;
  model.parameters().track_gradients();
  model.parameters().initialise(1, run.model.width, run.model.layers);
  model.compute_with(engine);
  if (type != at::kFloat) model.train_in(type);
  const auto batch = cohort_at(*run.task, run.train_stream(), 0);
  auto input = to_input(batch, device);
  input.positions = place_positions(batch, run, Split::train);
  step.loss = model.loss_and_gradient(input, answers_of(batch, device));
  step.text = text_logits(model, device);
  return step;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  const double size = b.norm().item<double>();
  return (a - b).norm().item<double>() / (size > 0 ? size : 1);
}

}  // namespace

const std::vector<std::string>& stepped_encodings() {
  static const std::vector<std::string> all = {"nope", "rope", "pope", "alibi", "learned"};
  return all;
}

SteppedEngine stepped_kernels(const Launchers& launchers) {
  Engine kernels{Compute::attention};
  kernels.launchers = &launchers;
  // The kernels round turned queries, turned keys and patterns to bfloat16, the composition does
  // not. On the host they differ by 3e-4, 7e-3 and 1.1e-2 at the most.
  return {"kernels", kernels, at::kBFloat16, 0, 0, 1e-3, 1e-2, 2e-2};
}

std::vector<SteppedEngine> stepped_library() {
  const Engine library{Compute::library};
  constexpr int64_t kQueries = 64, kPositions = 512;  // strings of 140 places
  // In float32 it adds in another order, as far as it takes no product in fewer bits: 7e-7 on a
  // CPU.
  return {{"float32", library, at::kFloat, kQueries, 0, 1e-5, 1e-4, 1e-4},
          {"bfloat16", library, at::kBFloat16, kQueries, 0, 1e-3, 1e-2, 2e-2},
          {"random positions", library, at::kFloat, 0, kPositions, 1e-5, 1e-4, 1e-4}};
}

std::vector<Distance> step_distances(const std::string& encoding,
                                     const SteppedEngine& asked,
                                     at::Device device) {
  const auto run = run_of(encoding, asked);
  const auto ours = step_of(run, asked.engine, asked.type, device),
             twin = step_of(run, {}, asked.type, device);
  const auto& parameters = twin.model.parameters();
  double worst = 0;
  for (const auto& spec : parameters.specs()) {
    const auto gradient = ours.model.parameters().at(spec.name).grad();
    const double apart = distance(gradient, parameters.at(spec.name).grad());
    if (!(apart <= worst)) worst = apart;  // a NaN stays
  }
  return {{"loss", std::abs(ours.loss / twin.loss - 1), asked.loss},
          {"gradient",
           distance(ours.model.parameters().gradients(), parameters.gradients()),
           asked.gradient},
          {"worst parameter's gradient", worst, asked.parameter},
          {"text", distance(ours.text, twin.text), kTextAllowed}};
}

}  // namespace ww
