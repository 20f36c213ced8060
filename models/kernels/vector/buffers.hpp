// buffers.hpp: what a block keeps from its forward pass for its backward pass, and what either
// needs for a while, cut from memory that belongs to the caller.
#pragma once

#include "models/kernels/block.hpp"
#include "models/kernels/vector/products.hpp"

namespace ww::kernels {
namespace {

/// All sizes of one call, named as in block.hpp.
struct Sizes {
  int64_t G, T, R, C, H, Hk, D, M, E, Tp;
  int64_t all_rows, wanted_rows;   // G T, G R
  int64_t query_width, key_width;  // H D, Hk D
  int64_t hidden_pitch;            // M and a cache line: see products.hpp on powers of two
  bool polar;
  float scale;
};

inline int64_t rounded_up(int64_t count) { return (count + 15) / 16 * 16; }

inline Sizes sizes_of(const BlockShape& shape, const Strings& strings) {
  Sizes z;
  z.G = strings.count;
  z.T = strings.length;
  z.R = strings.rows;
  z.C = shape.width;
  z.H = shape.heads;
  z.Hk = shape.key_heads;
  z.D = shape.head_width;
  z.M = shape.hidden;
  z.polar = shape.kind == Kind::polar;
  z.E = z.polar ? 2 * z.D : z.D;
  z.Tp = rounded_up(z.T);
  z.all_rows = z.G * z.T;
  z.wanted_rows = z.G * z.R;
  z.query_width = z.H * z.D;
  z.key_width = z.Hk * z.D;
  z.hidden_pitch = z.M + 16;
  z.scale = 1 / __builtin_sqrtf(static_cast<float>(z.D));
  return z;
}

/// Cuts arrays that start on cache lines from one piece of memory; without memory it only counts.
struct Cutter {
  float* memory;
  int64_t used;

  float* take(int64_t count) {
    float* const start = memory == nullptr ? nullptr : memory + used;
    used += rounded_up(count);
    return start;
  }
};

/// Rows: all G T for x, its norm, keys and values; the wanted G R for the rest.
struct Saved {
  float *x, *scale, *h;            // [G T, C], [G T], [G T, C]
  float *query, *key, *key_value;  // [G R, H E], [G T, Hk E], [G T, 2 Hk D]
  int64_t key_pitch;
  float *query_slope, *key_slope;   // of the magnitudes, [G R, H D] and [G T, Hk D]; polar
  float* pattern;                   // [G, H, R, Tp]
  float *mixed, *x2, *scale2, *h2;  // [G R, H D], [G R, C], [G R], [G R, C]
  float *active, *slope;            // gelu and its slope, [G R, M], rows of hidden_pitch
};

inline Saved cut_saved(const Sizes& z, Cutter& from) {
  Saved s;
  s.x = from.take(z.all_rows * z.C);
  s.scale = from.take(z.all_rows);
  s.h = from.take(z.all_rows * z.C);
  s.query = from.take(z.wanted_rows * z.H * z.E);
  s.key_value = from.take(z.all_rows * 2 * z.key_width);
  s.key = z.polar ? from.take(z.all_rows * z.Hk * z.E) : s.key_value;  // pairs turn where they are
  s.key_pitch = z.polar ? z.Hk * z.E : 2 * z.key_width;
  s.query_slope = from.take(z.polar ? z.wanted_rows * z.query_width : 0);
  s.key_slope = from.take(z.polar ? z.all_rows * z.key_width : 0);
  s.pattern = from.take(z.wanted_rows * z.H * z.Tp);
  s.mixed = from.take(z.wanted_rows * z.query_width);
  s.x2 = from.take(z.wanted_rows * z.C);
  s.scale2 = from.take(z.wanted_rows);
  s.h2 = from.take(z.wanted_rows * z.C);
  s.active = from.take(z.wanted_rows * z.hidden_pitch);
  s.slope = from.take(z.wanted_rows * z.hidden_pitch);
  return s;
}

struct Scratch {
  float *rows, *rows2;              // [G T, C] twice: chosen rows, sums
  float* query;                     // [G R, H D]
  float *transposed, *d_pattern;    // [E, Tp + 16], [R, Tp]
  float *d_query, *d_key;           // [G R, H E], [G T, Hk E]
  float *d_key_value, *d_h, *d_x2;  // [G T, 2 Hk D], [G T, C], [G R, C]
  float *d_active, *d_mixed;        // [G R, M], [G R, H D]
};

inline Scratch cut_scratch(const Sizes& z, Cutter& from) {
  Scratch s;
  s.rows = from.take(z.all_rows * z.C);
  s.rows2 = from.take(z.all_rows * z.C);
  s.query = from.take(z.wanted_rows * z.query_width);
  s.transposed = from.take(z.E * (z.Tp + 16));
  s.d_pattern = from.take(z.R * z.Tp);
  s.d_query = from.take(z.wanted_rows * z.H * z.E);
  s.d_key = from.take(z.all_rows * z.Hk * z.E);
  s.d_key_value = from.take(z.all_rows * 2 * z.key_width);
  s.d_h = from.take(z.all_rows * z.C);
  s.d_x2 = from.take(z.wanted_rows * z.C);
  s.d_active = from.take(z.wanted_rows * z.hidden_pitch);
  s.d_mixed = from.take(z.wanted_rows * z.query_width);
  return s;
}

}  // namespace
}  // namespace ww::kernels
