// data.cpp: what making a step's strings costs beside the step: the trainer's step on the fused
// kernels over strings that are there, that it makes, and that a thread of their own makes ahead.
//
//   build/release/bench_data

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <memory>

#include "base/ahead.hpp"
#include "bench/timing.hpp"
#include "models/decoder.hpp"
#include "models/fused/choice.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "models/run.hpp"

namespace ww::bench {
namespace {

constexpr int kRounds = 15;

Run run_of(const std::string& preset) {
  RunOptions options;
  options.preset = preset;
  return resolve(options);
}

Batch cohort(const Run& run, int64_t n) {
  return cohort_at(*run.task, run.train_stream(), static_cast<uint64_t>(n * run.training.cohort));
}

class Step {
 public:
  explicit Step(const Run& run)
      : rate_(run.training.rate), model_(run.model), optimiser_(model_.parameters()) {
    model_.parameters().track_gradients();
    model_.parameters().initialise(1, run.model.width, run.model.layers);
    const auto engine = choose_engine("fused", run.model, at::kFloat, 0);
    model_.compute_with(engine);
    optimiser_.compute_with(kernels::table_of(engine.isa));
  }

  void take(const Batch& batch) {
    model_.loss_and_gradient(to_input(batch, at::kCPU), answers_of(batch, at::kCPU));
    optimiser_.step(rate_);
  }

 private:
  double rate_;
  Decoder model_;
  AdamW optimiser_;
};

/// Steps over strings that come up to `depth` ahead.
Contestant steps(const std::string& name, const Run& run, size_t depth) {
  const auto step = std::make_shared<Step>(run);
  const auto strings =
      std::make_shared<Ahead<Batch>>([&run](int64_t n) { return cohort(run, n); }, 0, depth);
  return repeated(name, [=] { step->take(strings->take()); });
}

/// Steps over the same few strings, made beforehand.
Contestant steps_alone(const std::string& name, const Run& run) {
  constexpr int64_t kBatches = 20;
  std::vector<Batch> batches;
  for (int64_t n = 0; n < kBatches; ++n) batches.push_back(cohort(run, n));
  const auto step = std::make_shared<Step>(run);
  return repeated(name, [=, n = int64_t{0}]() mutable {
    step->take(batches[static_cast<size_t>(n++ % kBatches)]);
  });
}

/// Presets of one cohort a step, on the CPU.
void compare_steps(const std::string& preset) {
  const auto run = run_of(preset);
  fmt::print("\n{}, load {}\n", preset, load_average());
  std::vector<Contestant> all = {steps_alone("step alone", run),
                                 steps("step with strings", run, 0),
                                 steps("step, strings ahead", run, 2)};
  run_rounds(all, kRounds);
  for (const auto& one : all) print_times(one);
  print_ratio(all[1], all[0], "");
  print_ratio(all[2], all[1], "");
}

void time_cohorts() {
  fmt::print("\na step's strings\n");
  std::vector<Run> runs;
  for (const auto& preset : training_presets()) runs.push_back(run_of(preset.name));
  std::vector<Contestant> all;
  for (const auto& run : runs) {
    const auto cohorts = run.training.strings / run.training.cohort;
    all.push_back(repeated(run.options.preset, [&run, cohorts, n = int64_t{0}]() mutable {
      for (int g = 0; g < cohorts; ++g) cohort(run, n++);
    }));
  }
  run_rounds(all, kRounds);
  for (const auto& one : all) print_times(one);
}

}  // namespace
}  // namespace ww::bench

int main() {
  using namespace ww;
  bench::run_as_program();
  fmt::print("{}, {}, one thread for a step; medians of {} rounds\n",
             machine_name(),
             kernels::isa_name(kernels::chosen_isa()),
             bench::kRounds);
  for (const std::string preset : {"smoke", "cpu"}) bench::compare_steps(preset);
  bench::time_cohorts();
}
