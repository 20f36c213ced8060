// transpose.hpp: transposes, kLanes x kLanes at a time in registers.
#pragma once

#include "models/kernels/vector/vectors.hpp"

namespace ww::kernels {
namespace {

#if defined(__AVX512F__)
inline Vector first_halves(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
inline Vector second_halves(Vector a, Vector b) {
  return __builtin_shufflevector(
      a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#else
inline Vector first_halves(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
inline Vector second_halves(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
#endif

/// One round of a perfect shuffle of the kLanes rows; log2(kLanes) of them are a transpose.
inline void interleave(const Vector* from, Vector* to) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes / 2; ++i) {
    to[2 * i] = first_halves(from[i], from[i + kLanes / 2]);
    to[2 * i + 1] = second_halves(from[i], from[i + kLanes / 2]);
  }
}

/// kLanes columns of `rows` <= kLanes rows; the missing rows count as 0.
inline void transpose_tile(
    const float* from, int64_t pitch, int64_t rows, float* to, int64_t to_pitch) {
  Vector a[kLanes], b[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) a[i] = i < rows ? load(from + i * pitch) : Vector{};
  interleave(a, b);
  interleave(b, a);
  interleave(a, b);
  if constexpr (kLanes == 16) interleave(b, a);
  const Vector* const done = kLanes == 16 ? a : b;
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) store(to + i * to_pitch, done[i]);
}

/// from [rows, columns] -> to [columns, padded], 0 from `rows` on. columns and padded are multiples
/// of 16.
inline void transpose(const float* from,
                      int64_t pitch,
                      int64_t rows,
                      int64_t columns,
                      float* to,
                      int64_t to_pitch,
                      int64_t padded) {
  for (int64_t r = 0; r < padded; r += kLanes) {
    const int64_t there = rows - r < kLanes ? rows - r : kLanes;
    for (int64_t c = 0; c < columns; c += kLanes) {
      transpose_tile(from + r * pitch + c, pitch, there, to + c * to_pitch + r, to_pitch);
    }
  }
}

}  // namespace
}  // namespace ww::kernels
