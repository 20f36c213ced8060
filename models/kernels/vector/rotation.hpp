// rotation.hpp: queries and keys turned by their positions, and gradients turned back.
#pragma once

#include "models/kernels/vector/functions.hpp"

namespace ww::kernels {
namespace {

/// Cosine and sine of the angles of one row, [F], and of the phases of its heads; null: none. What
/// takes them is inlined throughout: a struct handed over in memory is copied through vector
/// registers, behind all the arithmetic that still waits for theirs.
struct Angles {
  const float *cosine, *sine, *phase_cosine, *phase_sine;
};

/// One head's pairs (x_c, x_{c + D/2}) turned by the angle, or by minus it; y may be x.
template <bool kBack>
[[gnu::always_inline]] inline void turn_pairs(const float* x,
                                              int64_t D,
                                              const Angles& angles,
                                              float* y) {
  for (int64_t c = 0; c < D / 2; c += 8) {
    const Eight real = load_eight(x + c), imaginary = load_eight(x + D / 2 + c);
    const Eight cosine = load_eight(angles.cosine + c);
    const Eight sine = kBack ? -load_eight(angles.sine + c) : load_eight(angles.sine + c);
    store_eight(y + c, real * cosine - imaginary * sine);
    store_eight(y + D / 2 + c, imaginary * cosine + real * sine);
  }
}

/// The same of pairs (x_{2c}, x_{2c + 1}).
template <bool kBack>
[[gnu::always_inline]] inline void turn_neighbours(const float* x,
                                                   int64_t D,
                                                   const Angles& angles,
                                                   float* y) {
  const Vector sign = (kIota & 1) == (kBack ? 1 : 0) ? all(-1) : all(1);
  for (int64_t c = 0; c < D; c += kLanes) {
    const Vector z = load(x + c), sine = twice(angles.sine + c / 2) * sign;
    store(y + c, z * twice(angles.cosine + c / 2) + swapped_neighbours(z) * sine);
  }
}

/// Cosine and sine of angle + phase at feature c of a head, i of all heads.
[[gnu::always_inline]] inline void angle_at(
    const Angles& angles, int64_t c, int64_t i, Vector& cosine, Vector& sine) {
  cosine = load(angles.cosine + c);
  sine = load(angles.sine + c);
  if (angles.phase_cosine == nullptr) return;
  const Vector p = load(angles.phase_cosine + i), q = load(angles.phase_sine + i);
  const Vector turned = cosine * p - sine * q;
  sine = sine * p + cosine * q;
  cosine = turned;
}

/// Magnitudes of a row's heads at their angles, x [heads, D] -> y [heads, 2 D]; the slopes of the
/// magnitudes go to `slope` [heads, D]. One loop for all heads: the constants of a magnitude, two
/// dozen, are loaded before it.
template <Magnitude kMagnitude>
[[gnu::always_inline]] inline void to_polar(
    const float* x, int64_t heads, int64_t D, const Angles& angles, float* y, float* slope) {
  for (int64_t i = 0, c = 0; i < heads * D; i += kLanes) {
    Vector cosine, sine, s;
    angle_at(angles, c, i, cosine, sine);
    const Vector mu = magnitude(kMagnitude, load(x + i), s);
    store(y + c, mu * cosine);
    store(y + D + c, mu * sine);
    store(slope + i, s);
    if ((c += kLanes) < D) continue;
    c = 0;
    y += 2 * D;
  }
}

/// The gradient of y becomes that of x. Where `d_phase` [heads, D] is wanted: d/d phase = y_c dy_s
/// - y_s dy_c.
[[gnu::always_inline]] inline void from_polar(const float* dy,
                                              int64_t heads,
                                              int64_t D,
                                              const Angles& angles,
                                              const float* y,
                                              const float* slope,
                                              float* dx,
                                              float* d_phase) {
  for (int64_t i = 0, c = 0; i < heads * D; i += kLanes) {
    Vector cosine, sine;
    angle_at(angles, c, i, cosine, sine);
    const Vector d_cosine = load(dy + c), d_sine = load(dy + D + c);
    store(dx + i, load(slope + i) * (cosine * d_cosine + sine * d_sine));
    if (d_phase != nullptr)
      store(d_phase + i, load(d_phase + i) + load(y + c) * d_sine - load(y + D + c) * d_cosine);
    if ((c += kLanes) < D) continue;
    c = 0;
    y += 2 * D;
    dy += 2 * D;
  }
}

}  // namespace
}  // namespace ww::kernels
