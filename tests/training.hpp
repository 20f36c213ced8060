// training.hpp: a small model in training, step by step.
#pragma once

#include <functional>
#include <utility>

#include "models/graphs/replay.hpp"
#include "models/places.hpp"
#include "models/queued_steps.hpp"

namespace ww::test {

/// A model in training, and what it is trained on.
struct Training {
  Run run;
  Decoder model;
  AdamW optimiser;
  int64_t step = 0;

  explicit Training(const RunOptions& options)
      : run(resolve(options)), model(run.model), optimiser(model.parameters()) {
    model.parameters().track_gradients();
    model.parameters().initialise(1, run.model.width, run.model.layers);
  }

  /// Both cohorts of the next step, or those that are asked for.
  template <typename Work>
  void each_cohort(const Work& work, int64_t first = 0, int64_t last = 2) {
    for (int64_t g = first; g < last; ++g) {
      const auto counter = static_cast<uint64_t>(step * 8 + g * 4);
      const auto batch = cohort_at(*run.task, run.train_stream(), counter);
      auto input = to_input(batch, at::kCPU);
      input.positions = place_positions(batch, run, Split::train);
      work(input, answers_of(batch, at::kCPU));
    }
    ++step;
  }

  double rate() const { return learning_rate(step, 30, 4, 2e-3); }

  void queue_cohorts(QueuedSteps& steps, int64_t first, int64_t last) {
    const auto add = [&](const Input& input, const at::Tensor& answers) {
      steps.add(input, answers, 0.5);
    };
    each_cohort(add, first, last);
  }

  void queue(QueuedSteps& steps) {
    queue_cohorts(steps, 0, 2);
    steps.update(rate());
  }
};

/// Stands for a graph: it does the work once more.
class Again final : public Replay {
 public:
  Again(std::function<void()> work, int& ran) : work_(std::move(work)), ran_(ran) {}
  void run() override {
    ++ran_;
    work_();
  }

 private:
  std::function<void()> work_;
  int& ran_;
};

}  // namespace ww::test
