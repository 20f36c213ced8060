#include "probes/decomposition.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/real.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace ww {

namespace {

using Complex = c10::complex<double>;

at::Tensor unit(const at::Tensor& angle) { return at::polar(at::ones_like(angle), angle); }

at::Tensor dense(const at::Tensor& x) { return x.resolve_conj().contiguous(); }

/// Key heads' rows repeated for the query heads that they serve.
at::Tensor spread(const at::Tensor& key, int64_t heads) {
  return heads == key.size(0) ? key : key.repeat_interleave(heads / key.size(0), 0);
}

/// Mean of e^{i Delta angle} over Delta = 0 .. range - 1, a geometric sum.
at::Tensor mean_turn(const at::Tensor& angle, int64_t range) {
  const auto n = static_cast<double>(range);
  const auto half = angle / 2, sine = half.sin();
  const auto size = at::where(sine == 0, at::ones_like(sine), (half * n).sin() / (sine * n));
  return at::polar(size, half * (n - 1));
}

/// Each chunk by itself: [H, F].
struct Chunked {
  at::Tensor size, spin;      // kappa |E g|, e^{i psi}
  at::Tensor x_mean, y_mean;  // over offsets, of cos(Delta theta - psi) and sin(Delta theta - psi)
};

Chunked chunked(const at::Tensor& g, double kappa, const Curves& curves) {
  const auto spin = unit(g.angle());  // arg 0 is 0
  const auto turned = curves.mean * spin.conj();
  return {dense(g.abs() * kappa), spin, dense(at::real(turned)), dense(at::imag(turned))};
}

/// One head, as plain numbers.
struct Head {
  const Complex *q_s, *q_j, *k_s, *k_j, *against, *along;  // [F, F], row by row
  const Complex* spin;                                     // [F]
  const double *size, *x_mean, *y_mean;                    // [F]
  bool turns;                                              // else y is 0, to the last bit
};

/// Covariances of two chunks c and d, of content and of the curves over offsets; xy is that of x_c
/// with y_d, yx that of y_c with x_d.
struct Pair {
  double c_xx, c_yy, c_xy, c_yx;
  double w_xx, w_yy, w_xy, w_yx;
};

/// i: where the pair stands in [F, F].
Pair pair_of(const Head& h, int64_t c, int64_t d, int64_t i, double kappa) {
  const auto still = std::conj(h.spin[c]);
  const auto against = still * h.spin[d], along = still * std::conj(h.spin[d]);
  const auto P = std::conj(h.q_j[i]) * h.k_j[i] * along;    // E g g' e^{-i (psi + psi')}
  const auto H = h.q_s[i] * std::conj(h.k_s[i]) * against;  // E g conj(g') e^{-i (psi - psi')}
  const auto a = h.against[i] * against, b = h.along[i] * along;
  const double half = kappa * kappa / 2, of_y = h.turns ? half : 0;
  return {(P + H).real() * half - h.size[c] * h.size[d],
          (H - P).real() * of_y,
          (P - H).imag() * of_y,
          (P + H).imag() * of_y,
          (a + b).real() / 2,
          (a - b).real() / 2,
          (b - a).imag() / 2,
          (a + b).imag() / 2};
}

struct HeadSums {
  double where = 0, what = 0, in_phase = 0, cross = 0;
};
constexpr int64_t kSums = sizeof(HeadSums) / sizeof(double);

/// The pair once, or with its mirror image.
void add_pair(HeadSums& sums, const Head& h, int64_t c, int64_t d, const Pair& p) {
  const double times = c == d ? 1 : 2;
  sums.where += times * h.size[c] * h.size[d] * p.w_xx;
  sums.what += times * (h.x_mean[c] * h.x_mean[d] * p.c_xx + h.y_mean[c] * h.y_mean[d] * p.c_yy +
                        h.x_mean[c] * h.y_mean[d] * p.c_xy + h.y_mean[c] * h.x_mean[d] * p.c_yx);
  sums.in_phase += times * p.c_xx * p.w_xx;
  sums.cross += times * (p.c_xy * p.w_xy + p.c_yx * p.w_yx);
}

/// Sums of one head, and each chunk's part [F] of its quadrature.
void add_head(HeadSums& sums, double* parts, const Head& h, int64_t F, double kappa) {
  for (int64_t c = 0; c < F; ++c) {
    for (int64_t d = c; d < F; ++d) {
      const auto p = pair_of(h, c, d, c * F + d, kappa);
      add_pair(sums, h, c, d, p);
      parts[c] += p.c_yy * p.w_yy;
      if (c != d) parts[d] += p.c_yy * p.w_yy;
    }
  }
}

double kappa_of(const PairingRule& rule) { return rule.scale * rule.factor * rule.factor; }

/// Query heads, the key heads that serve them, and offsets 0 .. range - 1.
class Heads {
 public:
  Heads(const ChunkMoments& q, const ChunkMoments& k, const PairingRule& rule, const Curves& curves)
      : q_s_(dense(q.s)),
        q_j_(dense(q.j)),
        k_s_(dense(k.s)),
        k_j_(dense(k.j)),
        turns_(q.turns || k.turns),
        curves_(curves),
        chunks_(chunked(mean_products(q, k), kappa_of(rule), curves_)) {}

  const Chunked& chunks() const { return chunks_; }
  int64_t count() const { return chunks_.size.size(0); }
  int64_t frequencies() const { return chunks_.size.size(1); }

  Head operator[](int64_t h) const {
    const auto F = frequencies(), served = count() / k_s_.size(0);
    const auto own = h * F, query = own * F, key = h / served * F * F;
    return {q_s_.const_data_ptr<Complex>() + query,
            q_j_.const_data_ptr<Complex>() + query,
            k_s_.const_data_ptr<Complex>() + key,
            k_j_.const_data_ptr<Complex>() + key,
            curves_.against.const_data_ptr<Complex>(),
            curves_.along.const_data_ptr<Complex>(),
            chunks_.spin.const_data_ptr<Complex>() + own,
            chunks_.size.const_data_ptr<double>() + own,
            chunks_.x_mean.const_data_ptr<double>() + own,
            chunks_.y_mean.const_data_ptr<double>() + own,
            turns_};
  }

 private:
  at::Tensor q_s_, q_j_, k_s_, k_j_;
  bool turns_;
  const Curves& curves_;
  Chunked chunks_;
};

/// What the features that never turn add to `what`: they are one more coordinate that offsets
/// leave.
at::Tensor rest_part(const ChunkMoments& q,
                     const ChunkMoments& k,
                     const PairingRule& rule,
                     const Heads& heads) {
  const auto& z = heads.chunks();
  const auto H = heads.count();
  const auto mean = (q.tail_mean * spread(k.tail_mean, H)).sum(-1) * rule.scale;
  const auto square =
      (q.tail_second * spread(k.tail_second, H)).sum({1, 2}) * (rule.scale * rule.scale);
  // E rest g_c = sigma sum_j E[q_j conj(zq_c)] E[k_j zk_c]
  const auto products =
      (q.cross.conj() * spread(k.cross, H)).sum(1) * (rule.scale * kappa_of(rule));
  const auto turned = products * z.spin.conj();  // [H, F]
  const auto with_x = at::real(turned) - mean.unsqueeze(1) * z.size;
  const auto with_y = at::imag(turned);
  const auto shared = (with_x * z.x_mean + with_y * z.y_mean).sum(-1);
  return square - mean * mean + shared * 2;
}

/// Variance over offsets of sum_c |E g_c| cos(Delta theta_c - psi_c) + b(Delta) less that of the
/// sum alone: [H].
at::Tensor bias_part(const Chunked& z, const PairingRule& rule, int64_t range) {
  const auto b = rule.bias.narrow(1, 0, range);
  const auto own = b - b.mean(1, true);
  const auto angle = at::arange(range, at::kDouble).unsqueeze(-1) * rule.theta;  // [L, F], rad
  const auto curve = at::real(z.spin.conj().unsqueeze(1) * unit(angle));         // [H, L, F]
  const auto kernel = curve.matmul(z.size.unsqueeze(-1)).squeeze(-1);            // [H, L]
  return (own * own + own * kernel * 2).mean(1);
}

}  // namespace

Curves curves_over(const at::Tensor& theta, int64_t range) {
  const auto mean = mean_turn(theta, range), row = theta.unsqueeze(1);
  return {range,
          mean,
          dense(mean_turn(row - theta, range) - mean.unsqueeze(1) * mean.conj()),
          dense(mean_turn(row + theta, range) - mean.unsqueeze(1) * mean)};
}

at::Tensor Decomposition::total() const { return where + what + in_phase + quadrature + cross; }

at::Tensor mean_products(const ChunkMoments& q, const ChunkMoments& k) {
  return q.mean.conj() * spread(k.mean, q.mean.size(0));
}

Decomposition decompose(const ChunkMoments& q,
                        const ChunkMoments& k,
                        const PairingRule& rule,
                        const Curves& curves) {
  const Heads heads(q, k, rule, curves);
  const auto H = heads.count(), F = heads.frequencies();
  const auto sums = at::zeros({H, kSums}, at::kDouble), parts = at::zeros({H, F}, at::kDouble);
  auto* const sum = reinterpret_cast<HeadSums*>(sums.mutable_data_ptr<double>());
  auto* const part = parts.mutable_data_ptr<double>();
  for (int64_t h = 0; h < H; ++h) add_head(sum[h], part + h * F, heads[h], F, kappa_of(rule));
  Decomposition d{sums.select(1, 0),
                  sums.select(1, 1),
                  sums.select(1, 2),
                  parts.sum(1),
                  sums.select(1, 3),
                  parts};
  if (rule.bias.defined()) d.where = d.where + bias_part(heads.chunks(), rule, curves.range);
  if (q.tail_mean.size(-1) > 0) d.what = d.what + rest_part(q, k, rule, heads);
  return d;
}

at::Tensor quadrature_alone(const ChunkMoments& q,
                            const ChunkMoments& k,
                            const PairingRule& rule,
                            const Curves& curves) {
  const Heads heads(q, k, rule, curves);
  const auto H = heads.count(), F = heads.frequencies();
  auto shares = at::empty({H, F}, at::kDouble);
  auto* share = shares.mutable_data_ptr<double>();
  for (int64_t h = 0; h < H; ++h) {
    for (int64_t c = 0; c < F; ++c) {
      const auto p = pair_of(heads[h], c, c, c * F + c, kappa_of(rule));
      HeadSums sums;
      add_pair(sums, heads[h], c, c, p);
      const double quadrature = p.c_yy * p.w_yy;
      *share++ = quadrature / (sums.where + sums.what + sums.in_phase + quadrature + sums.cross);
    }
  }
  return shares;
}

}  // namespace ww
