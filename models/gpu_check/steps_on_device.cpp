#include "models/gpu_check/steps_on_device.hpp"

#include "models/fused/choice.hpp"
#include "models/graphs/choice.hpp"
#include "models/graphs/cuda_graphs.hpp"
#include "models/places.hpp"
#include "models/processes/shared_sum.hpp"
#include "models/run.hpp"

namespace ww {

namespace {

constexpr int64_t kSteps = 40;  // each shape of cohort more often than the warm-up
const at::Device kDevice(at::kCUDA, 0);

Run small_run(const EncodingRow& encoding) {
  RunOptions options;
  options.encoding = encoding.name;
  options.training_options = {{"width", "64"},
                              {"heads", "2"},
                              {"layers", "2"},
                              {"strings", "16"},
                              {"cohort", "8"},
                              {"steps", "40"},
                              {"warm-up", "4"}};
  return resolve(options);
}

}  // namespace

bool StepsOnDevice::operator==(const StepsOnDevice& other) const {
  return parameters.equal(other.parameters) && first.equal(other.first) &&
         second.equal(other.second) && sums.loss == other.sums.loss &&
         sums.grad_norm == other.sums.grad_norm && sums.finite == other.sums.finite;
}

bool can_replay(const EncodingRow& encoding) {
  return replay_obstacle(small_run(encoding), kDevice).empty();
}

StepsOnDevice steps_on_device(const EncodingRow& encoding,
                              at::ScalarType type,
                              bool replayed,
                              bool summed) {
  const auto run = small_run(encoding);
  const auto& t = run.training;
  const OwnStream stream(kDevice);
  Decoder model(run.model, at::TensorOptions(at::kFloat).device(kDevice));
  AdamW optimiser(model.parameters());
  model.parameters().track_gradients();
  model.parameters().initialise(1, run.model.width, run.model.layers);
  model.compute_with(choose_engine("auto", run.model, model.options().dtype(type), 1));
  if (type != at::kFloat) model.train_in(type);
  QueuedSteps steps(model, optimiser, replayed ? cuda_capture() : Capture{});
  Alone alone;
  if (summed) steps.share(sum_by_nccl(alone, steps.parts()));
  const double share = static_cast<double>(t.cohort) / t.strings;
  for (int64_t step = 0; step < kSteps; ++step) {
    for (int64_t g = 0; g < t.strings; g += t.cohort) {
      const auto counter = static_cast<uint64_t>(step * t.strings + g);
      const auto batch = cohort_at(*run.task, run.train_stream(), counter);
      steps.add(to_input(batch, kDevice), answers_of(batch, kDevice), share);
    }
    steps.update(learning_rate(step + 1, t.steps, t.warm_up, t.rate));
  }
  const auto sums = steps.take();
  return {model.parameters().values(), optimiser.first(), optimiser.second(), sums};
}

}  // namespace ww
