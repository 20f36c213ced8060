// usage.cuh: the kernels of usage.hpp. A thread takes one frequency of one head through 256 places;
// a second kernel adds those parts in order.
#pragma once

#include "models/kernels/cuda/launch.cuh"
#include "models/kernels/cuda/usage.hpp"
#include "models/kernels/cuda/warp.cuh"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

constexpr int kUsageThreads = 128;

WW_DEVICE float feature_at(const DeviceUsage& u, int64_t i) {
  if (u.number == Number::float32) return static_cast<const float*>(u.data)[i];
  const uint32_t bits = static_cast<const uint16_t*>(u.data)[i];
  if (u.number == Number::bfloat16) return unpack<Element::bfloat16>(bits).x;
  return unpack<Element::float16>(bits).x;
}

/// To the last places of a float: probes print these numbers.
WW_DEVICE float exact_magnitude(Magnitude magnitude, float x) {
  if (magnitude == Magnitude::softplus) return (x < 0 ? 0 : x) + log1pf(expf(-fabsf(x)));
  return magnitude == Magnitude::relu && x < 0 ? 0 : x;
}

/// The chunk of a frequency, a complex number.
WW_DEVICE float2 chunk_at(const DeviceUsage& u, int64_t row, int64_t f) {
  if (u.kind == Kind::polar) return {exact_magnitude(u.magnitude, feature_at(u, row + f)), 0};
  const bool half = u.layout == PairLayout::half;
  return {feature_at(u, row + (half ? f : 2 * f)),
          feature_at(u, row + (half ? f + u.F : 2 * f + 1))};
}

/// The larger of two, or the NaN.
WW_DEVICE double larger(double x, double y) { return y > x || y != y ? y : x; }

WW_DEVICE void add_chunk(UsageOfFrequency& sum, double x, double y, double norm) {
  sum.norm += norm;
  sum.square += norm * norm;
  sum.largest = larger(sum.largest, norm);
  sum.real += x;
  sum.imaginary += y;
  sum.real_square += x * x - y * y;
  sum.imaginary_square += 2 * x * y;
}

/// Grid [frequencies / 128, heads of each part of places].
WW_KERNEL void __launch_bounds__(kUsageThreads)
    usage_kernel(const __grid_constant__ DeviceUsage u) {
  const int64_t f = static_cast<int64_t>(blockIdx.x) * kUsageThreads + threadIdx.x;
  if (f >= u.F) return;
  const int64_t head = blockIdx.y % u.H, part = blockIdx.y / u.H;
  const int64_t from = part * kUsagePlaces, rest = u.T - from;
  const int64_t to = from + (rest < kUsagePlaces ? rest : kUsagePlaces);
  UsageOfFrequency sum{};
  for (int64_t t = from; t < to; ++t) {
    const float2 z = chunk_at(u, head * u.head + t * u.place, f);
    const double x = z.x, y = z.y, norm = sqrt(x * x + y * y);
    if (t == 0) sum.first = norm;
    if (t > 0 || u.include_first) add_chunk(sum, x, y, norm);
  }
  u.parts[(part * u.H + head) * u.F + f] = sum;
}

/// One thread adds the parts of one frequency of one head.
WW_KERNEL void __launch_bounds__(kUsageThreads)
    add_usage_kernel(const __grid_constant__ DeviceUsage u) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kUsageThreads + threadIdx.x;
  const int64_t count = u.H * u.F, parts = (u.T + kUsagePlaces - 1) / kUsagePlaces;
  if (i >= count) return;
  UsageOfFrequency sum = u.parts[i];
  for (int64_t part = 1; part < parts; ++part) {
    const UsageOfFrequency& more = u.parts[part * count + i];
    sum.norm += more.norm;
    sum.square += more.square;
    sum.largest = larger(sum.largest, more.largest);
    sum.real += more.real;
    sum.imaginary += more.imaginary;
    sum.real_square += more.real_square;
    sum.imaginary_square += more.imaginary_square;
  }
  u.sums[i] = sum;
}

inline void run_usage(const DeviceUsage& u, DeviceStream stream) {
  const auto blocks = [](int64_t threads) {
    return static_cast<unsigned>((threads + kUsageThreads - 1) / kUsageThreads);
  };
  const auto parts = static_cast<unsigned>((u.T + kUsagePlaces - 1) / kUsagePlaces * u.H);
  launch("usage", usage_kernel, {blocks(u.F), parts, 1}, kUsageThreads, 0, stream, u);
  launch("sum of usage", add_usage_kernel, {blocks(u.H * u.F), 1, 1}, kUsageThreads, 0, stream, u);
}

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
