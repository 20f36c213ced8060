// gpu_check.hpp: what can only be known on a real GPU. In this order, stopping at the first
// failure: each function of a warp against the host's version, attention and usage against their
// references, a probe's usage against tensor operations, steps of training replayed as graphs
// against eager ones and summed by NCCL over one process, a decoder's step on the kernels against
// its composition, attention's time against LibTorch's own, steps on LibTorch's attention against
// their composition.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace ww {

struct GpuCheckOptions {
  int rounds = 20;  // timed, after a quarter as many that are not
};

/// device, warps, attention, usage, probe_usage, steps, decoder, timings, library, and `failure`: a
/// sentence, or empty. Throws InputError where there is no GPU or the build has no kernels.
nlohmann::json gpu_check(const GpuCheckOptions& options);

}  // namespace ww
