// functions.hpp: the functions of a block on vectors, each within 2 units in the last place of
// float32 where its result is not denormal.
#pragma once

#include "models/kernels/rotation.hpp"
#include "models/kernels/vector/vectors.hpp"

namespace ww::kernels {
namespace {

/// e^x for x <= 0 (Cody and Waite's reduction, Cephes' polynomial). Exactly 0 below -80: a smaller
/// number divided by a row's sum is denormal, and products with denormals run 10 times slower.
inline Vector exponential(Vector x) {
  constexpr float kRound = 12582912;  // 1.5 2^23: adding it rounds to an integer
  const Vector shifted = x * 1.44269504f + kRound;
  const Integers power = reinterpret_cast<Integers>(shifted) - 0x4b400000;
  const Vector n = shifted - kRound;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1);
  const Vector y = p * reinterpret_cast<Vector>((power + 127) << 23);
  return x < -80 ? Vector{} : y;
}

/// log(1 + t) for 0 <= t <= 1: t times a Chebyshev fit of log(1 + t) / t, degree 8.
inline Vector log1p_to_one(Vector t) {
  Vector p = all(5.253457929939032e-3f);
  p = p * t - 2.958850748836994e-2f;
  p = p * t + 7.836166769266129e-2f;
  p = p * t - 1.3674770295619965e-1f;
  p = p * t + 1.9111430644989014e-1f;
  p = p * t - 2.4844369292259216e-1f;
  p = p * t + 3.3319270610809326e-1f;
  p = p * t - 4.9999502301216125e-1f;
  p = p * t + 1;
  return p * t;
}

/// softplus(x) = max(x, 0) + log(1 + e^-|x|) and its slope, the sigmoid. log(1 + e^x) as it stands
/// loses everything below -16.
inline Vector softplus(Vector x, Vector& slope) {
  const Vector t = exponential(-magnitude_of(x));
  const Vector r = 1 / (t + 1);
  slope = x < 0 ? t * r : r;
  return (x < 0 ? Vector{} : x) + log1p_to_one(t);
}

inline Vector magnitude(Magnitude kind, Vector x, Vector& slope) {
  if (kind == Magnitude::softplus) return softplus(x, slope);
  slope = all(1);
  if (kind == Magnitude::identity) return x;
  slope = x > 0 ? slope : Vector{};
  return x < 0 ? Vector{} : x;  // this way round a NaN stays one
}

/// GELU in its tanh form, x sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3), and its slope.
inline Vector gelu(Vector x, Vector& slope) {
  constexpr float kLinear = 1.5957691216057308f, kCubic = 0.0713548162726009f;
  const Vector square = x * x;
  const Vector u = x * (square * kCubic + kLinear);  // 2 u
  const Vector e = exponential(-magnitude_of(u));
  const Vector r = 1 / (e + 1);
  const Vector less = e * r;
  const Vector s = u < 0 ? less : r;
  const Vector value = x * s;
  slope = s + value * (u < 0 ? r : less) * (square * (3 * kCubic) + kLinear);
  return value;
}

}  // namespace
}  // namespace ww::kernels
