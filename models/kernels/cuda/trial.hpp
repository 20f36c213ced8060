// trial.hpp: every function of warp.cuh called once by each lane of a warp: a GPU's answers can be
// held against the host's, and the host's against loops.
#pragma once

#include <cstdint>

#include "models/kernels/cuda/element.hpp"
#include "models/kernels/cuda/stream.hpp"

namespace ww::kernels::cuda {

constexpr int kTrialLanes = 32;

/// What one lane hands in.
struct Trial {
  uint32_t a[4], b[2];  // fragments
  float c[4];
  alignas(16) uint32_t row[4];  // its row of four matrices; copied where `inside`, else zeros
  uint32_t inside;
  int32_t mask;  // of the shuffle, the same for all lanes
  float power, positive, low, high;
};

struct Answer {
  float product[4];  // c + a b
  uint32_t rows[4], across[4];
  float shuffled, power, logarithm;  // `power` of lane ^ mask, 2^power, log2(positive)
  uint32_t packed;                   // low, high
  float unpacked[2];                 // of packed
};

/// trials and answers [warps, 32], on the device.
void try_warps(
    Element element, int warps, const Trial* trials, Answer* answers, DeviceStream stream);

}  // namespace ww::kernels::cuda
