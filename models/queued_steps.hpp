// queued_steps.hpp: training steps whose losses stay where they are computed. Nothing waits for
// them but take(): on a GPU the host prepares the next batches while the device works.
//
// With a way to capture, a cohort's forward and backward pass, one of each shape, and the update
// are queued as wholes from the fourth time on: the same work on the same tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/decoder.hpp"
#include "models/graphs/replay.hpp"
#include "models/optimiser.hpp"
#include "models/processes/shared_sum.hpp"

namespace ww {

class QueuedSteps {
 public:
  /// Both must outlive this object; the parameters are tracked. Without `capture` all is queued
  /// operator by operator; with it replay_obstacle() must be empty.
  QueuedSteps(const Decoder& model, AdamW& optimiser, Capture capture = {});

  /// What cohorts add to in a step: the gradient [N] and the loss [], float64.
  std::vector<at::Tensor> parts() const { return {model_.parameters().gradients(), step_}; }
  /// Steps are shared from now on: `sum`, of parts(), is told of each cohort, and ends each step.
  void share(std::unique_ptr<SharedSum> sum) { sum_ = std::move(sum); }

  /// One cohort of the step: its gradient, and its share of the loss.
  void add(const Input& input, const at::Tensor& answers, double share);
  /// Ends the step at a rate.
  void update(double rate);

  /// What the steps since the last take() left.
  struct Sums {
    int64_t steps = 0;
    int64_t finite = 0;    // those before the first whose loss or norm is not
    double loss = 0;       // nats per answer, added over the steps since start_sum()
    double grad_norm = 0;  // of the last, before clipping
  };
  int64_t queued() const { return queued_; }
  /// Waits for the device.
  Sums take();
  /// From where losses are added from now on.
  void start_sum(double loss) { loss_.fill_(loss); }

 private:
  /// What cohorts of one shape share, and the tensors that each is copied into.
  struct Shape {
    Input input;
    at::Tensor answers;
    Pass pass;
    Repeated work;
  };
  void queue(const Input& input, const at::Tensor& answers, double share);
  Shape& shape_of(const Input& input, const at::Tensor& answers, double share);
  void queue_gradient(const Input& input,
                      const at::Tensor& answers,
                      double share,
                      const Pass* pass);
  void queue_update();

  const Decoder& model_;
  AdamW& optimiser_;
  Capture capture_;
  std::unique_ptr<SharedSum>
      sum_;  // null where nothing is shared; outlives what was captured of it
  std::map<std::string, Shape> shapes_;
  Repeated update_;
  int64_t queued_ = 0;
  at::Tensor kept_;  // [5], float64; the others are its elements
  at::Tensor step_, loss_, norm_, doubt_,
      finite_;  // doubt_: 0, NaN after a step that is not finite
};

}  // namespace ww
