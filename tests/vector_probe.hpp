// vector_probe.hpp: single functions of the vector kernels, for tests. A unit of its own, built
// like the kernels once for each instruction set.
#pragma once

#include <cstdint>

#include "models/kernels/isa.hpp"

namespace ww::test {

struct VectorProbe {
  // Element by element; counts are multiples of 16.
  void (*exponential)(const float* x, float* y, int64_t count);
  void (*softplus)(const float* x, float* y, float* slope, int64_t count);
  void (*relu)(const float* x, float* y, float* slope, int64_t count);
  void (*gelu)(float* x, float* slope, int64_t count);
  /// softmax(scale * row + bias) in place.
  void (*softmax)(float* row, const float* bias, float scale, int64_t columns);
  /// c [rows, columns] (+)= a b, a [rows, depth] or, if `turned`, [depth, rows].
  void (*product)(int64_t rows,
                  int64_t columns,
                  int64_t depth,
                  const float* a,
                  bool turned,
                  const float* b,
                  float* c,
                  bool add);
  /// The same with b = w^T, w [columns, depth], packed first.
  void (*packed_product)(int64_t rows,
                         int64_t columns,
                         int64_t depth,
                         const float* a,
                         const float* w,
                         float* memory,
                         float* c);
  /// from [rows, columns] -> to [columns, padded].
  void (*transpose)(const float* from, int64_t rows, int64_t columns, float* to, int64_t padded);
};

/// Null where the instruction set is `plain` or not in this build.
const VectorProbe* vector_probe(kernels::Isa isa);

}  // namespace ww::test
