#include "models/processor.hpp"

#include "models/device.hpp"
#include "models/fused/choice.hpp"
#include "models/graphs/choice.hpp"

namespace ww {

Engine engine_of(const TrainOptions& options, const Run& run) {
  const auto products =
      at::TensorOptions(type_of(run.training.dtype)).device(choose_device(options.device));
  const auto length = cohort_at(*run.task, run.train_stream(), 0).length;
  return choose_engine(options.kernels, run.model, products, length);
}

Processor processor_of(const TrainOptions& options, const Run& run, const Communicator& all) {
  const auto device = choose_device(options.device, all.local_rank());
  const auto engine = engine_of(options, run);
  return {device,
          engine,
          run.training.dtype,
          replays(options.launch, run, device),
          all.size(),
          share_of(run, engine, device, all)};
}

}  // namespace ww
