// block_forward.hpp: a block forward over a group of strings (see block.hpp).
#pragma once

#include "models/kernels/vector/buffers.hpp"
#include "models/kernels/vector/rotation.hpp"
#include "models/kernels/vector/rows.hpp"

namespace ww::kernels {
namespace {

/// y (+)= x W^T over `rows` rows.
inline void map(int64_t rows,
                int64_t K,
                int64_t N,
                const float* x,
                int64_t x_pitch,
                const Packed& w,
                float* y,
                int64_t y_pitch,
                bool add = false) {
  product(rows, N, K, rows_of(x, x_pitch), packed(w.forward, K, N), plain(y, y_pitch), add);
}

/// The position in the string of wanted row r.
inline int64_t place_of(const Strings& strings, int64_t r) {
  return strings.row == nullptr ? r : strings.row[r];
}

/// The wanted rows of x [G T, C], one after the other; x itself where all are.
inline const float* wanted(const Sizes& z, const Strings& strings, const float* x, float* to) {
  if (strings.row == nullptr) return x;
  for (int64_t g = 0; g < z.G; ++g) {
    for (int64_t r = 0; r < z.R; ++r) {
      copy(x + (g * z.T + strings.row[r]) * z.C, to + (g * z.R + r) * z.C, z.C);
    }
  }
  return to;
}

inline Angles angles_at(const BlockShape& shape, const Strings& strings, int64_t g, int64_t t) {
  const int64_t F = shape.kind == Kind::polar ? shape.head_width : shape.head_width / 2;
  const int64_t row = strings.position[g * strings.position_string + t];
  return {strings.cosine + row * F, strings.sine + row * F, nullptr, nullptr};
}

/// The same for keys, whose heads may add phases.
inline Angles with_phases(const Angles& angles, const BlockWeights& weights) {
  return {angles.cosine, angles.sine, weights.phase_cosine, weights.phase_sine};
}

template <Magnitude kMagnitude>
void polar_forward(const BlockShape& shape,
                   const Sizes& z,
                   const Strings& strings,
                   const BlockWeights& weights,
                   const float* query,
                   const Saved& s) {
  for (int64_t n = 0; n < z.wanted_rows; ++n) {
    to_polar<kMagnitude>(query + n * z.query_width,
                         z.H,
                         z.D,
                         angles_at(shape, strings, n / z.R, place_of(strings, n % z.R)),
                         s.query + n * z.H * z.E,
                         s.query_slope + n * z.query_width);
  }
  for (int64_t n = 0; n < z.all_rows; ++n) {
    to_polar<kMagnitude>(s.key_value + n * 2 * z.key_width,
                         z.Hk,
                         z.D,
                         with_phases(angles_at(shape, strings, n / z.T, n % z.T), weights),
                         s.key + n * z.Hk * z.E,
                         s.key_slope + n * z.key_width);
  }
}

inline void polar_forward(const BlockShape& shape,
                          const Sizes& z,
                          const Strings& strings,
                          const BlockWeights& weights,
                          const float* query,
                          const Saved& s) {
  switch (shape.magnitude) {
    case Magnitude::softplus:
      return polar_forward<Magnitude::softplus>(shape, z, strings, weights, query, s);
    case Magnitude::relu:
      return polar_forward<Magnitude::relu>(shape, z, strings, weights, query, s);
    case Magnitude::identity:
      return polar_forward<Magnitude::identity>(shape, z, strings, weights, query, s);
  }
}

template <bool kBack>
void turn_all(const BlockShape& shape,
              const Sizes& z,
              const Strings& strings,
              float* query,
              float* key,
              int64_t key_pitch) {
  for (int64_t n = 0; n < z.wanted_rows; ++n) {
    const Angles angles = angles_at(shape, strings, n / z.R, place_of(strings, n % z.R));
    for (int64_t h = 0; h < z.H; ++h) {
      float* const x = query + (n * z.H + h) * z.D;
      turn_pairs<kBack>(x, z.D, angles, x);
    }
  }
  for (int64_t n = 0; n < z.all_rows; ++n) {
    const Angles angles = angles_at(shape, strings, n / z.T, n % z.T);
    for (int64_t h = 0; h < z.Hk; ++h) {
      float* const x = key + n * key_pitch + h * z.D;
      turn_pairs<kBack>(x, z.D, angles, x);
    }
  }
}

/// Queries [G R, H D] and the keys in key_value as the products want them.
inline void turn(const BlockShape& shape,
                 const Sizes& z,
                 const Strings& strings,
                 const BlockWeights& weights,
                 float* query,
                 const Saved& s) {
  if (shape.kind == Kind::pairs)
    return turn_all<false>(shape, z, strings, query, s.key, s.key_pitch);
  if (shape.kind == Kind::polar) polar_forward(shape, z, strings, weights, query, s);
}

/// Head h of string g: pattern = softmax(scale q~ k~^T + bias), mixed = pattern v.
inline void attend(const Sizes& z,
                   const Strings& strings,
                   int64_t g,
                   int64_t h,
                   const Saved& s,
                   float* transposed) {
  const int64_t key_head = h / (z.H / z.Hk), pitch = z.Tp + 16, first = g * z.R;
  float* const pattern = s.pattern + (g * z.H + h) * z.R * z.Tp;
  const float* const key = s.key + g * z.T * s.key_pitch + key_head * z.E;
  transpose(key, s.key_pitch, z.T, z.E, transposed, pitch, z.Tp);
  const Factor query = rows_of(s.query + (first * z.H + h) * z.E, z.H * z.E);
  product(z.R, z.Tp, z.E, query, plain<const float>(transposed, pitch), plain(pattern, z.Tp));
  const float* const bias = strings.bias + g * strings.bias_string + h * strings.bias_head;
  for (int64_t r = 0; r < z.R; ++r) {
    softmax_row(pattern + r * z.Tp, bias + place_of(strings, r) * z.Tp, z.scale, z.Tp);
  }
  const float* const value = s.key_value + g * z.T * 2 * z.key_width + z.key_width + key_head * z.D;
  product(z.R,
          z.D,
          z.T,
          rows_of(pattern, z.Tp),
          plain(value, 2 * z.key_width),
          plain(s.mixed + first * z.query_width + h * z.D, z.query_width));
}

/// Reads s.x [G T, C], fills the rest of `s`, writes y [G R, C].
inline void forward(const BlockShape& shape,
                    const Sizes& z,
                    const Strings& strings,
                    const BlockWeights& w,
                    const Saved& s,
                    const Scratch& t,
                    float* y) {
  norm(z.all_rows, z.C, shape.epsilon, s.x, w.attn_norm, s.scale, s.h);
  const float* const h = wanted(z, strings, s.h, t.rows);
  float* const query = z.polar ? t.query : s.query;
  map(z.wanted_rows, z.C, z.query_width, h, z.C, w.query, query, z.query_width);
  map(z.all_rows, z.C, 2 * z.key_width, s.h, z.C, w.key_value, s.key_value, 2 * z.key_width);
  turn(shape, z, strings, w, query, s);
  for (int64_t g = 0; g < z.G; ++g) {
    for (int64_t head = 0; head < z.H; ++head) attend(z, strings, g, head, s, t.transposed);
  }
  copy(wanted(z, strings, s.x, s.x2), s.x2, strings.row == nullptr ? z.wanted_rows * z.C : 0);
  map(z.wanted_rows, z.query_width, z.C, s.mixed, z.query_width, w.out, s.x2, z.C, true);

  norm(z.wanted_rows, z.C, shape.epsilon, s.x2, w.mlp_norm, s.scale2, s.h2);
  map(z.wanted_rows, z.C, z.M, s.h2, z.C, w.up, s.active, z.hidden_pitch);
  for (int64_t n = 0; n < z.wanted_rows; ++n) {
    gelu_row(s.active + n * z.hidden_pitch, s.slope + n * z.hidden_pitch, z.M);
  }
  copy(s.x2, y, z.wanted_rows * z.C);
  map(z.wanted_rows, z.M, z.C, s.active, z.hidden_pitch, w.down, y, z.C, true);
}

}  // namespace
}  // namespace ww::kernels
