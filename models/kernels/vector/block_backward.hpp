// block_backward.hpp: a block backward over a group of strings (see block.hpp).
#pragma once

#include "models/kernels/vector/block_forward.hpp"

namespace ww::kernels {
namespace {

/// dx (+)= dy W over `rows` rows; W is [N, K].
inline void map_back(int64_t rows,
                     int64_t K,
                     int64_t N,
                     const float* dy,
                     int64_t dy_pitch,
                     const Packed& w,
                     float* dx,
                     int64_t dx_pitch,
                     bool add = false) {
  product(rows, K, N, rows_of(dy, dy_pitch), packed(w.backward, N, K), plain(dx, dx_pitch), add);
}

/// dW (+)= dy^T x, in panels.
inline void weight_gradient(int64_t rows,
                            int64_t K,
                            int64_t N,
                            const float* dy,
                            int64_t dy_pitch,
                            const float* x,
                            int64_t x_pitch,
                            float* dw,
                            bool add) {
  product(N, K, rows, columns_of(dy, dy_pitch), plain(x, x_pitch), packed(dw, N, K), add);
}

/// The MLP and its norm: dy [G R, C] -> t.d_x2.
inline void mlp_back(const Sizes& z,
                     const BlockWeights& w,
                     const Saved& s,
                     const Scratch& t,
                     const float* dy,
                     const BlockGradients& to) {
  const int64_t n = z.wanted_rows;
  weight_gradient(n, z.M, z.C, dy, z.C, s.active, z.hidden_pitch, to.down, !to.first);
  map_back(n, z.M, z.C, dy, z.C, w.down, t.d_active, z.hidden_pitch);
  for (int64_t i = 0; i < n; ++i) {
    multiply_row(t.d_active + i * z.hidden_pitch, s.slope + i * z.hidden_pitch, z.M);
  }
  weight_gradient(n, z.C, z.M, t.d_active, z.hidden_pitch, s.h2, z.C, to.up, !to.first);
  map_back(n, z.C, z.M, t.d_active, z.hidden_pitch, w.up, t.d_h, z.C);
  copy(dy, t.d_x2, n * z.C);
  norm_back(n, z.C, s.x2, w.mlp_norm, s.scale2, t.d_h, t.d_x2, to.mlp_norm);
}

/// Head h of string g: t.d_mixed -> t.d_query, d_key (turned) and the values' half of d_key_value.
inline void attend_back(const Sizes& z,
                        const Strings& strings,
                        int64_t g,
                        int64_t h,
                        const Saved& s,
                        const Scratch& t,
                        float* d_key,
                        int64_t d_key_pitch,
                        const BlockGradients& to) {
  const int64_t shared = z.H / z.Hk, key_head = h / shared, pitch = z.Tp + 16, first = g * z.R;
  const int64_t start = g * z.T * 2 * z.key_width + z.key_width + key_head * z.D;
  const bool add = h % shared != 0;
  const float* const pattern = s.pattern + (g * z.H + h) * z.R * z.Tp;
  const float* const d_mixed = t.d_mixed + first * z.query_width + h * z.D;
  transpose(s.key_value + start, 2 * z.key_width, z.T, z.D, t.transposed, pitch, z.Tp);
  product(z.R,
          z.Tp,
          z.D,
          rows_of(d_mixed, z.query_width),
          plain<const float>(t.transposed, pitch),
          plain(t.d_pattern, z.Tp));
  product(z.T,
          z.D,
          z.R,
          columns_of(pattern, z.Tp),
          plain(d_mixed, z.query_width),
          plain(t.d_key_value + start, 2 * z.key_width),
          add);
  float* const d_bias =
      to.bias == nullptr ? nullptr : to.bias + g * to.bias_string + h * to.bias_head;
  for (int64_t r = 0; r < z.R; ++r) {
    float* const d_bias_row = d_bias == nullptr ? nullptr : d_bias + place_of(strings, r) * z.Tp;
    softmax_row_back(pattern + r * z.Tp, z.scale, z.Tp, t.d_pattern + r * z.Tp, d_bias_row);
  }
  const float* const key = s.key + g * z.T * s.key_pitch + key_head * z.E;
  const float* const query = s.query + (first * z.H + h) * z.E;
  product(z.R,
          z.E,
          z.T,
          rows_of(t.d_pattern, z.Tp),
          plain(key, s.key_pitch),
          plain(t.d_query + (first * z.H + h) * z.E, z.H * z.E));
  product(z.T,
          z.E,
          z.R,
          columns_of(t.d_pattern, z.Tp),
          plain(query, z.H * z.E),
          plain(d_key + g * z.T * d_key_pitch + key_head * z.E, d_key_pitch),
          add);
}

/// t.d_query and t.d_key -> gradients of the features: t.query and the keys' half of d_key_value.
inline void polar_back(const BlockShape& shape,
                       const Sizes& z,
                       const Strings& strings,
                       const BlockWeights& w,
                       const Saved& s,
                       const Scratch& t,
                       float* d_phase) {
  for (int64_t n = 0; n < z.wanted_rows; ++n) {
    from_polar(t.d_query + n * z.H * z.E,
               z.H,
               z.D,
               angles_at(shape, strings, n / z.R, place_of(strings, n % z.R)),
               s.query + n * z.H * z.E,
               s.query_slope + n * z.query_width,
               t.query + n * z.query_width,
               nullptr);
  }
  for (int64_t n = 0; n < z.all_rows; ++n) {
    from_polar(t.d_key + n * z.Hk * z.E,
               z.Hk,
               z.D,
               with_phases(angles_at(shape, strings, n / z.T, n % z.T), w),
               s.key + n * z.Hk * z.E,
               s.key_slope + n * z.key_width,
               t.d_key_value + n * 2 * z.key_width,
               d_phase);
  }
}

/// t.d_x2 -> gradients of queries (the result, [G R, H D]) and keys and values (t.d_key_value).
const float* attention_back(const BlockShape& shape,
                            const Sizes& z,
                            const Strings& strings,
                            const BlockWeights& w,
                            const Saved& s,
                            const Scratch& t,
                            const BlockGradients& to) {
  weight_gradient(
      z.wanted_rows, z.query_width, z.C, t.d_x2, z.C, s.mixed, z.query_width, to.out, !to.first);
  map_back(z.wanted_rows, z.query_width, z.C, t.d_x2, z.C, w.out, t.d_mixed, z.query_width);
  float* const d_key = z.polar ? t.d_key : t.d_key_value;
  const int64_t d_key_pitch = z.polar ? z.Hk * z.E : 2 * z.key_width;
  for (int64_t g = 0; g < z.G; ++g) {
    for (int64_t h = 0; h < z.H; ++h) attend_back(z, strings, g, h, s, t, d_key, d_key_pitch, to);
  }
  if (z.polar) {
    polar_back(shape, z, strings, w, s, t, to.phase);
    return t.query;
  }
  if (shape.kind == Kind::pairs) turn_all<true>(shape, z, strings, t.d_query, d_key, d_key_pitch);
  return t.d_query;
}

/// Adds the rows of `from` [G R, C] to the wanted rows of `to` [G T, C].
inline void add_to_wanted(const Sizes& z, const Strings& strings, const float* from, float* to) {
  for (int64_t n = 0; n < z.wanted_rows; ++n) {
    const int64_t row = n / z.R * z.T + place_of(strings, n % z.R);
    add_row(to + row * z.C, from + n * z.C, z.C);
  }
}

/// dy [G R, C] -> dx [G T, C]; adds the parameters' gradients to `to`.
inline void backward(const BlockShape& shape,
                     const Sizes& z,
                     const Strings& strings,
                     const BlockWeights& w,
                     const Saved& s,
                     const Scratch& t,
                     const float* dy,
                     float* dx,
                     const BlockGradients& to) {
  mlp_back(z, w, s, t, dy, to);
  const float* const d_query = attention_back(shape, z, strings, w, s, t, to);
  const float* const h = wanted(z, strings, s.h, t.rows);
  weight_gradient(
      z.wanted_rows, z.C, z.query_width, d_query, z.query_width, h, z.C, to.query, !to.first);
  weight_gradient(z.all_rows,
                  z.C,
                  2 * z.key_width,
                  t.d_key_value,
                  2 * z.key_width,
                  s.h,
                  z.C,
                  to.key_value,
                  !to.first);
  map_back(
      z.all_rows, z.C, 2 * z.key_width, t.d_key_value, 2 * z.key_width, w.key_value, t.d_h, z.C);
  if (strings.row == nullptr) {
    map_back(z.all_rows, z.C, z.query_width, d_query, z.query_width, w.query, t.d_h, z.C, true);
    copy(t.d_x2, dx, z.all_rows * z.C);
  } else {
    map_back(z.wanted_rows, z.C, z.query_width, d_query, z.query_width, w.query, t.rows2, z.C);
    add_to_wanted(z, strings, t.rows2, t.d_h);
    clear(dx, z.all_rows * z.C);
    add_to_wanted(z, strings, t.d_x2, dx);
  }
  norm_back(z.all_rows, z.C, s.x, w.attn_norm, s.scale, t.d_h, dx, to.attn_norm);
}

}  // namespace
}  // namespace ww::kernels
