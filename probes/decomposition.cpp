#include "probes/decomposition.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/real.h>
#include <ATen/ops/zeros_like.h>

namespace ww {

namespace {

/// Covariances of x and y, and what the curves do, of every pair of chunks: [H, F, F].
struct Pieces {
  at::Tensor size, x_mean, y_mean;  // [H, F]: |E g|; means of the curves over offsets
  at::Tensor c_xx, c_yy, c_xy;      // of content
  at::Tensor w_xx, w_yy, w_xy;      // of the curves over offsets
};

at::Tensor unit(const at::Tensor& angle) { return at::polar(at::ones_like(angle), angle); }

/// e^{-i (psi_c -+ psi_c')}.
at::Tensor against(const at::Tensor& spin) { return spin.conj().unsqueeze(2) * spin.unsqueeze(1); }
at::Tensor along(const at::Tensor& spin) {
  return spin.conj().unsqueeze(2) * spin.conj().unsqueeze(1);
}

/// Content: x and y from the moments of g, kappa absorbed.
void add_content(
    Pieces& p, const ChunkMoments& q, const ChunkMoments& k, const at::Tensor& spin, double kappa) {
  const auto P = q.j.conj() * k.j * along(spin);    // E g g' e^{-i (psi + psi')}
  const auto H = q.s * k.s.conj() * against(spin);  // E g conj(g') e^{-i (psi - psi')}
  const auto outer = p.size.unsqueeze(2) * p.size.unsqueeze(1);
  p.c_xx = at::real(P + H) * (kappa * kappa / 2) - outer;
  p.c_yy = at::real(H - P) * (kappa * kappa / 2);
  p.c_xy = at::imag(P - H) * (kappa * kappa / 2);
}

/// The curves cos(Delta theta - psi) and sin(Delta theta - psi) over offsets.
void add_curves(Pieces& p, const at::Tensor& spin, const at::Tensor& theta, int64_t range) {
  const auto angle = at::arange(range, at::kDouble).unsqueeze(-1) * theta;  // [L, F], rad
  const auto u = unit(angle);
  const auto mean = u.mean(0);  // [F]
  const auto n = static_cast<double>(range);
  const auto U = u.mT().matmul(u.conj()) / n - mean.unsqueeze(1) * mean.conj();  // Cov(u, u'*)
  const auto V = u.mT().matmul(u) / n - mean.unsqueeze(1) * mean;                // Cov(u, u')
  const auto curves = mean * spin.conj();                                        // [H, F]
  p.x_mean = at::real(curves);
  p.y_mean = at::imag(curves);
  const auto a = U * against(spin), b = V * along(spin);
  p.w_xx = at::real(a + b) / 2;
  p.w_yy = at::real(a - b) / 2;
  p.w_xy = at::imag(b - a) / 2;
}

Pieces pieces_of(const ChunkMoments& q,
                 const ChunkMoments& k,
                 const PairingRule& rule,
                 int64_t range) {
  const double kappa = rule.scale * rule.factor * rule.factor;
  const auto g = mean_products(q, k);
  const auto spin = unit(g.angle());  // arg 0 is 0
  Pieces p;
  p.size = g.abs() * kappa;
  add_content(p, q, k, spin, kappa);
  add_curves(p, spin, rule.theta, range);
  return p;
}

/// [H]: row . matrix . column.
at::Tensor form(const at::Tensor& row, const at::Tensor& matrix, const at::Tensor& column) {
  return (row.unsqueeze(1).matmul(matrix).matmul(column.unsqueeze(2))).flatten();
}

at::Tensor both(const at::Tensor& a, const at::Tensor& b) { return (a * b).sum({1, 2}); }

/// What the features that never turn add to `what`: they are one more coordinate that offsets
/// leave.
at::Tensor rest_part(const ChunkMoments& q,
                     const ChunkMoments& k,
                     const PairingRule& rule,
                     const Pieces& p) {
  if (q.tail_mean.size(-1) == 0) return at::zeros_like(p.size.select(1, 0));
  const double kappa = rule.scale * rule.factor * rule.factor;
  const auto mean = (q.tail_mean * k.tail_mean).sum(-1) * rule.scale;
  const auto square = (q.tail_second * k.tail_second).sum({1, 2}) * (rule.scale * rule.scale);
  // E rest g_c = sigma sum_j E[q_j conj(zq_c)] E[k_j zk_c]
  const auto products = (q.cross.conj() * k.cross).sum(1) * (rule.scale * kappa);  // [H, F]
  const auto turned = products * unit(mean_products(q, k).angle()).conj();
  const auto with_x = at::real(turned) - mean.unsqueeze(1) * p.size;
  const auto with_y = at::imag(turned);
  const auto shared = (with_x * p.x_mean + with_y * p.y_mean).sum(-1);
  return square - mean * mean + shared * 2;
}

/// Variance over offsets of sum_c |E g_c| cos(Delta theta_c - psi_c) + b(Delta) less that of the
/// sum alone: [H].
at::Tensor bias_part(const Pieces& p,
                     const at::Tensor& spin,
                     const PairingRule& rule,
                     int64_t range) {
  const auto b = rule.bias.narrow(1, 0, range);
  const auto own = b - b.mean(1, true);
  const auto angle = at::arange(range, at::kDouble).unsqueeze(-1) * rule.theta;  // [L, F], rad
  const auto curve = at::real(spin.conj().unsqueeze(1) * unit(angle));           // [H, L, F]
  const auto kernel = curve.matmul(p.size.unsqueeze(-1)).squeeze(-1);            // [H, L]
  return (own * own + own * kernel * 2).mean(1);
}

}  // namespace

at::Tensor Decomposition::total() const { return where + what + in_phase + quadrature + cross; }

at::Tensor mean_products(const ChunkMoments& q, const ChunkMoments& k) {
  return q.mean.conj() * k.mean;
}

ChunkMoments spread_heads(const ChunkMoments& k, int64_t heads) {
  const auto times = heads / k.mean.size(0);
  const auto spread = [&](const at::Tensor& x) {
    return times == 1 ? x : x.repeat_interleave(times, 0);
  };
  return {spread(k.mean),
          spread(k.s),
          spread(k.j),
          spread(k.tail_mean),
          spread(k.tail_second),
          spread(k.cross)};
}

Decomposition decompose(const ChunkMoments& q,
                        const ChunkMoments& key,
                        const PairingRule& rule,
                        int64_t range) {
  const auto k = spread_heads(key, q.mean.size(0));
  const auto p = pieces_of(q, k, rule, range);
  Decomposition d;
  d.where = form(p.size, p.w_xx, p.size);
  if (rule.bias.defined())
    d.where = d.where + bias_part(p, unit(mean_products(q, k).angle()), rule, range);
  d.what = form(p.x_mean, p.c_xx, p.x_mean) + form(p.y_mean, p.c_yy, p.y_mean) +
           form(p.x_mean, p.c_xy, p.y_mean) * 2 + rest_part(q, k, rule, p);
  d.in_phase = both(p.c_xx, p.w_xx);
  d.quadrature_parts = (p.c_yy * p.w_yy).sum(2);
  d.quadrature = d.quadrature_parts.sum(1);
  d.cross = both(p.c_xy, p.w_xy) * 2;
  return d;
}

at::Tensor quadrature_alone(const ChunkMoments& q,
                            const ChunkMoments& key,
                            const PairingRule& rule,
                            int64_t range) {
  const auto p = pieces_of(q, spread_heads(key, q.mean.size(0)), rule, range);
  const auto own = [](const at::Tensor& pairs) { return pairs.diagonal(0, 1, 2); };  // [H, F]
  const auto xx = own(p.c_xx), yy = own(p.c_yy), xy = own(p.c_xy);
  const auto where = p.size * p.size * own(p.w_xx);
  const auto what =
      p.x_mean * p.x_mean * xx + p.y_mean * p.y_mean * yy + p.x_mean * p.y_mean * xy * 2;
  const auto quadrature = yy * own(p.w_yy);
  return quadrature / (where + what + xx * own(p.w_xx) + quadrature + xy * own(p.w_xy) * 2);
}

}  // namespace ww
