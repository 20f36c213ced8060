// rows.hpp: what is done row by row between products: root-mean-square norm, softmax, and back.
#pragma once

#include "models/kernels/vector/functions.hpp"

namespace ww::kernels {
namespace {

/// h = x / sqrt(mean(x^2) + epsilon) * weight for each of `rows` rows [C]; the reciprocal roots go
/// to `scale`.
inline void norm(int64_t rows,
                 int64_t C,
                 float epsilon,
                 const float* x,
                 const float* weight,
                 float* scale,
                 float* h) {
  for (int64_t r = 0; r < rows; ++r, x += C, h += C) {
    Vector squares{};
    for (int64_t c = 0; c < C; c += kLanes) squares += load(x + c) * load(x + c);
    const float s = 1 / __builtin_sqrtf(sum(squares) / static_cast<float>(C) + epsilon);
    scale[r] = s;
    for (int64_t c = 0; c < C; c += kLanes) store(h + c, load(x + c) * s * load(weight + c));
  }
}

/// Adds the gradient through the norm to dx and the weight's to `d_weight`.
inline void norm_back(int64_t rows,
                      int64_t C,
                      const float* x,
                      const float* weight,
                      const float* scale,
                      const float* dh,
                      float* dx,
                      float* d_weight) {
  for (int64_t r = 0; r < rows; ++r, x += C, dh += C, dx += C) {
    const float s = scale[r];
    Vector products{};
    for (int64_t c = 0; c < C; c += kLanes) {
      const Vector g = load(dh + c) * load(x + c);
      products += g * load(weight + c);
      store(d_weight + c, load(d_weight + c) + g * s);
    }
    const float along = s * s * s * sum(products) / static_cast<float>(C);
    for (int64_t c = 0; c < C; c += kLanes) {
      store(dx + c, load(dx + c) + load(dh + c) * load(weight + c) * s - load(x + c) * along);
    }
  }
}

/// One row of scores [columns] becomes a pattern: softmax(scale * score + bias).
inline void softmax_row(float* row, const float* bias, float scale, int64_t columns) {
  Vector most = all(-__builtin_inff());
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Vector s = load(row + j) * scale + load(bias + j);
    store(row + j, s);
    most = larger(s, most);
  }
  const Vector top = all(largest(most));
  Vector total{};
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Vector e = exponential(load(row + j) - top);
    store(row + j, e);
    total += e;
  }
  const Vector share = all(1 / sum(total));
  for (int64_t j = 0; j < columns; j += kLanes) store(row + j, load(row + j) * share);
}

/// The gradient d of a row's pattern becomes that of its unscaled scores, scale p (d - sum p d);
/// without the scale it is the bias's and is added to `d_bias` where that is wanted.
inline void softmax_row_back(
    const float* pattern, float scale, int64_t columns, float* d, float* d_bias) {
  Vector products{};
  for (int64_t j = 0; j < columns; j += kLanes) products += load(pattern + j) * load(d + j);
  const Vector mean = all(sum(products));
  for (int64_t j = 0; j < columns; j += kLanes) {
    const Vector g = load(pattern + j) * (load(d + j) - mean);
    if (d_bias != nullptr) store(d_bias + j, load(d_bias + j) + g);
    store(d + j, g * scale);
  }
}

/// u [count] becomes gelu(u), its slope goes to `slope`. Count is a multiple of 16.
inline void gelu_row(float* u, float* slope, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) {
    Vector s;
    const Vector value = gelu(load(u + i), s);
    store(u + i, value);
    store(slope + i, s);
  }
}

inline void multiply_row(float* a, const float* b, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) store(a + i, load(a + i) * load(b + i));
}

inline void add_row(float* a, const float* b, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) store(a + i, load(a + i) + load(b + i));
}

}  // namespace
}  // namespace ww::kernels
