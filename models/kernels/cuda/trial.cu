// trial.cu: the trial of warp.cuh's functions on a GPU.

#include "models/kernels/cuda/trial.cuh"

namespace ww::kernels::cuda {

void try_warps(
    Element element, int warps, const Trial* trials, Answer* answers, DeviceStream stream) {
  run_trial(element, warps, trials, answers, stream);
}

}  // namespace ww::kernels::cuda
