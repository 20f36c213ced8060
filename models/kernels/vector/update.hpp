// update.hpp: the optimiser's two passes over flat buffers: the gradient's norm, and AdamW with the
// clipping and the clearing of the gradient in it (arXiv 1711.05101, Algorithm 2).
#pragma once

#include "models/kernels/model.hpp"
#include "models/kernels/vector/vectors.hpp"

namespace ww::kernels {
namespace {

inline Vector root(Vector v) {
  Vector r;
  for (int i = 0; i < kLanes; ++i) r[i] = __builtin_sqrtf(v[i]);  // becomes one instruction
  return r;
}

/// Sum of squares of any count: vectors within pieces, pieces in double, always in the same order.
inline double squared_norm(const float* x, int64_t count) {
  constexpr int64_t kPiece = 4096;
  double total = 0;
  int64_t i = 0;
  while (i + kLanes <= count) {
    const int64_t end = count - i < kPiece ? count : i + kPiece;
    Vector squares{};
    for (; i + kLanes <= end; i += kLanes) squares += load(x + i) * load(x + i);
    total += static_cast<double>(sum(squares));
  }
  for (; i < count; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return total;
}

/// One vector of each: the new value, moments in place.
inline Vector adamw_of(const AdamStep& s, Vector g, Vector value, Vector& first, Vector& second) {
  g *= s.clip;
  first += (g - first) * s.first_share;
  second = second * s.second_keep + g * g * s.second_share;
  return value * s.keep - s.rate * first / (root(second) * s.unbias + s.epsilon);
}

inline void adamw(
    const AdamStep& s, int64_t count, float* gradient, float* value, float* first, float* second) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Vector m = load(first + i), v = load(second + i);
    store(value + i, adamw_of(s, load(gradient + i), load(value + i), m, v));
    store(first + i, m);
    store(second + i, v);
    store(gradient + i, Vector{});
  }
  for (; i < count; ++i) {
    Vector m = all(first[i]), v = all(second[i]);
    value[i] = adamw_of(s, all(gradient[i]), all(value[i]), m, v)[0];
    first[i] = m[0];
    second[i] = v[0];
    gradient[i] = 0;
  }
}

}  // namespace
}  // namespace ww::kernels
