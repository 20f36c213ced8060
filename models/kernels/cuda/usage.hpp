// usage.hpp: how much each frequency is used, on a GPU: the sums that probes/usage.hpp keeps, from
// one read of the queries or keys of one text in one layer. With z the chunk of a frequency before
// rotation (polar: real, its magnitude) and mu = |z|, over all places, or all but the first:
//
//   sum mu    sum mu^2    max mu    sum z    sum z^2          and mu at the first place, apart
//
// in double, in a fixed order.
#pragma once

#include <cstdint>

#include "models/kernels/cuda/attention.hpp"

namespace ww::kernels::cuda {

enum class Number { float32, bfloat16, float16 };

/// What is kept of one frequency of one head.
struct UsageOfFrequency {
  double norm, square, largest;
  double real, imaginary, real_square, imaginary_square;
  double first;  // mu at place 0
};

struct DeviceUsage {
  int64_t H, T, F;  // heads, places, frequencies
  Number number = Number::float32;
  Kind kind = Kind::pairs;                    // or polar
  Magnitude magnitude = Magnitude::softplus;  // polar
  PairLayout layout = PairLayout::half;       // pairs: features c and c + F, or 2 c and 2 c + 1
  bool include_first = false;
  const void* data = nullptr;         // feature d of head h at place t: h head + t place + d
  int64_t head = 0, place = 0;        // strides in numbers
  UsageOfFrequency* parts = nullptr;  // usage_parts() of scratch
  UsageOfFrequency* sums = nullptr;   // [H, F]; largest is 0 where nothing was summed
};

constexpr int64_t kUsagePlaces = 256;  // of one block

/// Entries that `parts` must hold.
constexpr int64_t usage_parts(const DeviceUsage& u) {
  return (u.T + kUsagePlaces - 1) / kUsagePlaces * u.H * u.F;
}

constexpr int64_t kMostUsageBlocks = 65'535;  // of a grid's second side: heads times parts

/// Whether there is something to sum and a grid for it.
constexpr bool usage_fits(const DeviceUsage& u) {
  return u.H > 0 && u.T > 0 && u.F > 0 && u.T <= int64_t{1} << 30 && u.F <= 1 << 20 &&
         u.H <= kMostUsageBlocks &&
         (u.T + kUsagePlaces - 1) / kUsagePlaces * u.H <= kMostUsageBlocks;
}

/// Throws InputError with a sentence for what the kernel cannot do.
void check_usage(const DeviceUsage& u);

/// Checks, then launches on `stream`.
void sum_usage(const DeviceUsage& u, DeviceStream stream);

}  // namespace ww::kernels::cuda
