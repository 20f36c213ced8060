// trial.cuh: the kernel of trial.hpp.
#pragma once

#include "models/kernels/cuda/launch.cuh"
#include "models/kernels/cuda/trial.hpp"
#include "models/kernels/cuda/warp.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

template <Element element>
__global__ void trial_kernel(const Trial* trials, Answer* answers) {
  WW_SHARED(rows);
  const int lane = static_cast<int>(threadIdx.x);
  const Trial& trial = trials[blockIdx.x * kTrialLanes + lane];
  Answer answer;
  auto* const row = rows + size_t{threadIdx.x} * 16;
  copy_async(row, trial.row, trial.inside != 0);
  wait_copies();
  __syncthreads();
  load_matrices(answer.rows, row);
  load_matrices_across(answer.across, row);
  for (int i = 0; i < 4; ++i) answer.product[i] = trial.c[i];
  multiply<element>(answer.product, trial.a, trial.b[0], trial.b[1]);
  answer.shuffled = shuffle_xor(trial.power, trial.mask);
  answer.power = power_of_two(trial.power);
  answer.logarithm = log_two(trial.positive);
  answer.packed = pack<element>(trial.low, trial.high);
  const float2 both = unpack<element>(answer.packed);
  answer.unpacked[0] = both.x;
  answer.unpacked[1] = both.y;
  answers[blockIdx.x * kTrialLanes + lane] = answer;
}

template <Element element>
void launch_trial(int warps, const Trial* trials, Answer* answers, DeviceStream stream) {
  const dim3 grid{static_cast<unsigned>(warps), 1, 1};
  launch(
      "trial", trial_kernel<element>, grid, kTrialLanes, 16 * kTrialLanes, stream, trials, answers);
}

inline void run_trial(
    Element element, int warps, const Trial* trials, Answer* answers, DeviceStream stream) {
  const auto run = element == Element::bfloat16 ? launch_trial<Element::bfloat16>
                                                : launch_trial<Element::float16>;
  run(warps, trials, answers, stream);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
