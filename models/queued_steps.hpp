// queued_steps.hpp: training steps whose losses stay where they are computed. Nothing waits for
// them but take(): on a GPU the host prepares the next batches while the device works.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/decoder.hpp"
#include "models/optimiser.hpp"

namespace ww {

class QueuedSteps {
 public:
  /// Both must outlive this object; the parameters are tracked.
  QueuedSteps(const Decoder& model, AdamW& optimiser);

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
  const Decoder& model_;
  AdamW& optimiser_;
  int64_t queued_ = 0;
  at::Tensor kept_;  // [5], float64; the others are its elements
  at::Tensor step_, loss_, norm_, doubt_,
      finite_;  // doubt_: 0, NaN after a step that is not finite
};

}  // namespace ww
