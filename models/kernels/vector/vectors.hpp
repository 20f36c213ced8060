// vectors.hpp: the one vector type of a unit that is built with vector flags, and what lanes can
// do.
//
// Everything below is in unnamed namespaces: a shared inline function would be compiled once with
// and once without the flags, and the linker keeps either.
#pragma once

#include <cstdint>

namespace ww::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kLanes = 8;
#else
#error "build this unit with -mavx2 -mfma or -mavx512f"
#endif

using Vector = float __attribute__((vector_size(4 * kLanes)));
using Integers = int32_t __attribute__((vector_size(4 * kLanes)));
using Eight = float __attribute__((vector_size(32)));
using Four = float __attribute__((vector_size(16)));
using LooseVector = float __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
using LooseFour = float __attribute__((vector_size(16), aligned(4), may_alias));
using LooseEight = float __attribute__((vector_size(32), aligned(4), may_alias));

inline Vector load(const float* from) { return *reinterpret_cast<const LooseVector*>(from); }
inline void store(float* to, Vector v) { *reinterpret_cast<LooseVector*>(to) = v; }
inline Four load_four(const float* from) { return *reinterpret_cast<const LooseFour*>(from); }
inline Eight load_eight(const float* from) { return *reinterpret_cast<const LooseEight*>(from); }
inline void store_eight(float* to, Eight v) { *reinterpret_cast<LooseEight*>(to) = v; }

#if defined(__AVX512F__)
constexpr Integers kIota = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
constexpr Integers kIota = {0, 1, 2, 3, 4, 5, 6, 7};
#endif

/// Lanes 2i and 2i + 1 changed over.
inline Vector swapped_neighbours(Vector v) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#else
  return __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
#endif
}
/// kLanes / 2 numbers, each in two neighbouring lanes.
inline Vector twice(const float* from) {
#if defined(__AVX512F__)
  const Eight v = load_eight(from);
  return __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
#else
  const Four v = load_four(from);
  return __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3);
#endif
}

/// x - 0 is x, so this is a broadcast and nothing else; 0 + x would be an addition.
inline Vector all(float x) { return x - Vector{}; }

inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
inline Vector magnitude_of(Vector v) {
  return reinterpret_cast<Vector>(reinterpret_cast<Integers>(v) & 0x7fffffff);
}

inline float sum(Four v) {
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1);
  return v[0] + v[1];
}
inline float largest(Four v) {
  const Four w = __builtin_shufflevector(v, v, 2, 3, 0, 1);
  v = v > w ? v : w;
  return v[0] > v[1] ? v[0] : v[1];
}
inline float sum(Eight v) {
  return sum(__builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7));
}
inline float largest(Eight v) {
  const Four low = __builtin_shufflevector(v, v, 0, 1, 2, 3);
  const Four high = __builtin_shufflevector(v, v, 4, 5, 6, 7);
  return largest(low > high ? low : high);
}
#if defined(__AVX512F__)
inline Eight low_half(Vector v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }
inline Eight high_half(Vector v) {
  return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
}
inline float sum(Vector v) { return sum(low_half(v) + high_half(v)); }
inline float largest(Vector v) {
  const Eight low = low_half(v), high = high_half(v);
  return largest(low > high ? low : high);
}
#endif

inline void copy(const float* from, float* to, int64_t count) {
  __builtin_memcpy(to, from, static_cast<uint64_t>(count) * sizeof(float));
}
inline void clear(float* to, int64_t count) {
  __builtin_memset(to, 0, static_cast<uint64_t>(count) * sizeof(float));
}

}  // namespace
}  // namespace ww::kernels
