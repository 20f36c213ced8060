// decomposition.hpp: how much of what a head can score is where, what, and both at once.
//
// Pair every query content with every key content, and slide the offset Delta = 0 .. L - 1 freely:
//
//   A(Delta, n) = sum_c kappa Re(g_nc e^{-i Delta theta_c}) + rest_n + b(Delta),
//   g_c = conj(zq_c) zk_c
//               = mean + where(Delta) + what(n) + interaction(Delta, n)
//
// With psi = arg E g and x = Re(g e^{-i psi}), y = Im(g e^{-i psi}), chunk c is x cos(Delta theta -
// psi)
// + y sin(Delta theta - psi): through x content changes the height of a fixed tuning curve (in
// phase), through y it moves the curve along Delta (quadrature). The quadrature share Q is what a
// polar encoding cannot have. Exact from moments, without sampling.
#pragma once

#include <vector>

#include "probes/moments.hpp"

namespace ww {

/// Sums of squares by head, [H], float64, and parts by chunk, [H, F].
struct Decomposition {
  at::Tensor where, what, in_phase, quadrature, cross;
  at::Tensor quadrature_parts;  // of `quadrature`; they sum to it
  at::Tensor total() const;
};

/// What a pairing of queries and keys is made of.
struct PairingRule {
  double scale = 1;      // sigma: what never turns is multiplied with it
  double factor = 1;     // attention factor: kappa = scale factor^2
  at::Tensor theta;      // [F], rad/token, float64
  at::Tensor bias = {};  // [H, at least the range], float64: b by offset; undefined: none
};

/// What offsets Delta = 0 .. range - 1 make of the turns u_c = e^{i Delta theta_c}.
struct Curves {
  int64_t range = 0;
  at::Tensor mean;            // [F]
  at::Tensor against, along;  // [F, F]: covariances of u_c with conj(u_d), and with u_d
};
Curves curves_over(const at::Tensor& theta, int64_t range);

/// Queries' moments of H heads, keys' of Hk; curves of the rule's own theta.
Decomposition decompose(const ChunkMoments& query,
                        const ChunkMoments& key,
                        const PairingRule& rule,
                        const Curves& curves);

/// Each chunk as if it were the only one: its quadrature share alone, [H, F].
at::Tensor quadrature_alone(const ChunkMoments& query,
                            const ChunkMoments& key,
                            const PairingRule& rule,
                            const Curves& curves);

/// E g_c, [H, F], complex.
at::Tensor mean_products(const ChunkMoments& query, const ChunkMoments& key);

}  // namespace ww
