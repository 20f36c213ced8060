// processor.hpp: what the options of a run mean here: on what it computes, and how.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/fused/engine.hpp"
#include "models/processes/share.hpp"
#include "models/run.hpp"
#include "models/train.hpp"

namespace ww {

/// What a session of a run computes on.
struct Processor {
  c10::Device device;
  Engine engine;
  std::string dtype;     // of the blocks' products in training
  bool replays = false;  // steps, as graphs
  int64_t processes = 1;
  Share share;  // of each step, by this process
};

/// Throws InputError where --device, --kernels, --dtype or --launch can't be had, or the processes
/// can't share a step.
Processor processor_of(const TrainOptions& options, const Run& run, const Communicator& all);

/// What --device, --kernels and --dtype mean for a run. Throws InputError where they can't be had.
Engine engine_of(const TrainOptions& options, const Run& run);

}  // namespace ww
