// test_decomposition.cpp: the decomposition against sliding every pair, its known answers, and what
// must not change it.

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "base/philox.hpp"
#include "models/encodings/pope.hpp"
#include "models/encodings/rope.hpp"
#include "probes/decomposition.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"

using namespace ww;

namespace {

constexpr double kPi = std::numbers::pi;

at::Tensor normals(const char* stream, at::IntArrayRef shape) {
  auto x = at::empty(shape, at::kDouble);
  auto* const value = x.mutable_data_ptr<double>();
  for (int64_t i = 0; i < x.numel(); ++i) value[i] = normal_at(5, fnv32(stream), uint64_t(i));
  return x;
}

Moments moments_of(const at::Tensor& features) {
  const auto x = features.to(at::kDouble);
  return {static_cast<double>(x.size(1)), x.sum(1), x.mT().matmul(x)};
}

/// The five sums of squares of each head by sliding all T^2 pairs over all offsets, as defined.
struct Slid {
  std::vector<double> where, what, in_phase, quadrature, cross;
};

Slid slide_all(const Encoding& encoding,
               const at::Tensor& q,
               const at::Tensor& k,
               double scale,
               int64_t L,
               const at::Tensor& bias = {}) {
  const auto zq = encoding.query_chunks(q), zk = encoding.key_chunks(k);
  const auto H = q.size(0), T = q.size(1), F = zq.real.size(-1);
  const auto theta = encoding.theta();
  Slid slid;
  for (int64_t h = 0; h < H; ++h) {
    const auto hk = h * k.size(0) / H;
    const auto a = at::complex(zq.real[h].contiguous(), zq.imaginary[h].contiguous());
    const auto b = at::complex(zk.real[hk].contiguous(), zk.imaginary[hk].contiguous());
    const auto g = (a.conj().unsqueeze(1) * b.unsqueeze(0)).view({T * T, F}) * scale;  // [N, F]
    const auto psi = g.mean(0).angle();
    const auto turned = g * at::polar(at::ones_like(psi), -psi);
    const auto angle = at::arange(L, at::kDouble).unsqueeze(1) * theta - psi;  // [L, F]
    const auto x = at::real(turned), y = at::imag(turned);
    const auto vx = angle.cos(), vy = angle.sin();
    auto rest = at::zeros({T * T}, at::kDouble);
    if (zq.tail.defined()) rest = zq.tail[h].matmul(zk.tail[hk].t()).flatten() * scale;
    // A as a table [L, N], split into its in-phase and quadrature parts.
    const auto in = vx.matmul(x.t()), out = vy.matmul(y.t());
    auto A = in + out + rest;
    if (bias.defined()) A = A + bias[h].unsqueeze(1);
    const auto where = A.mean(1, true) - A.mean(), what = A.mean(0, true) - A.mean();
    const auto centred = [](const at::Tensor& part) {
      return part - part.mean(0, true) - part.mean(1, true) + part.mean();
    };
    const auto i = centred(in), o = centred(out);
    slid.where.push_back((where * where).mean().item<double>());
    slid.what.push_back((what * what).mean().item<double>());
    slid.in_phase.push_back((i * i).mean().item<double>());
    slid.quadrature.push_back((o * o).mean().item<double>());
    slid.cross.push_back((i * o).mean().item<double>() * 2);
  }
  return slid;
}

Decomposition closed_form(const Encoding& encoding,
                          const at::Tensor& q,
                          const at::Tensor& k,
                          double scale,
                          int64_t L,
                          const at::Tensor& bias = {}) {
  const auto mq = chunk_moments(moments_of(features_of(encoding, q, 0)), encoding, false);
  const auto mk = chunk_moments(moments_of(features_of(encoding, k, 0)), encoding, true);
  return decompose(
      mq, mk, {scale, encoding.factor(), encoding.theta(), bias}, curves_over(encoding.theta(), L));
}

void check_equal(const Decomposition& d, const Slid& slid) {
  for (size_t h = 0; h < slid.where.size(); ++h) {
    const auto close = [&](const at::Tensor& a, double b) {
      CHECK(std::abs(a[static_cast<int64_t>(h)].item<double>() - b) < 1e-12 * (1 + std::abs(b)));
    };
    close(d.where, slid.where[h]);
    close(d.what, slid.what[h]);
    close(d.in_phase, slid.in_phase[h]);
    close(d.quadrature, slid.quadrature[h]);
    close(d.cross, slid.cross[h]);
  }
}

/// One chunk of one head whose phases and magnitudes are given; keys are all 1.
Decomposition one_chunk(const std::vector<double>& magnitude,
                        const std::vector<double>& phase,
                        double theta,
                        int64_t L) {
  const FrequencyTable table{{theta}, 1};
  const Rope rope({1, 1, 2, {}, &table});
  const auto T = static_cast<int64_t>(phase.size());
  auto q = at::zeros({1, T, 2}, at::kDouble), k = at::zeros({1, T, 2}, at::kDouble);
  for (int64_t t = 0; t < T; ++t) {
    q[0][t][0] = magnitude[t] * std::cos(phase[t]);
    q[0][t][1] = magnitude[t] * std::sin(phase[t]);
    k[0][t][0] = 1;
  }
  return closed_form(rope, q, k, 1, L);
}

double share(const at::Tensor& part, const Decomposition& d) {
  return (part / d.total())[0].item<double>();
}

}  // namespace

TEST_CASE("The closed form equals sliding all pairs", "[decomposition]") {
  const auto q = normals("q", {4, 14, 8}) + 0.4, k = normals("k", {2, 14, 8}) - 0.2;
  SECTION("rope, both layouts, part of the features") {
    for (const std::string layout : {"half", "adjacent"}) {
      for (const double fraction : {1.0, 0.5}) {
        const Rope rope(
            {4, 2, 8, {.base = 50, .layout = layout, .rotary_fraction = fraction}, nullptr});
        check_equal(closed_form(rope, q, k, 0.35, 40), slide_all(rope, q, k, 0.35, 40));
      }
    }
  }
  SECTION("a bias over offsets, with frequencies and without") {
    const auto bias = normals("bias", {4, 40});
    const Rope rope({4, 2, 8, {.base = 50}, nullptr});
    check_equal(closed_form(rope, q, k, 0.35, 40, bias), slide_all(rope, q, k, 0.35, 40, bias));
    const Encoding nope;
    check_equal(closed_form(nope, q, k, 0.35, 40, bias), slide_all(nope, q, k, 0.35, 40, bias));
    check_equal(closed_form(nope, q, k, 0.35, 40), slide_all(nope, q, k, 0.35, 40));
  }
  SECTION("a table with a frequency of 0 and an attention factor") {
    const FrequencyTable table{{1.3, 0.2, 0}, 1.1};
    const Rope rope({4, 2, 8, {}, &table});
    auto turned_q = q.clone(), turned_k = k.clone();  // the factor multiplies what turns alone
    turned_q.narrow(-1, 0, 6).mul_(1.1);
    turned_k.narrow(-1, 0, 6).mul_(1.1);
    check_equal(closed_form(rope, q, k, 0.35, 33), slide_all(rope, turned_q, turned_k, 0.35, 33));
  }
  SECTION("pope with phases") {
    const auto delta = normals("delta", {2, 8}).abs().neg();
    const Pope pope({4, 2, 8, {.base = 50}, nullptr}, delta);
    const auto d = closed_form(pope, q, k, 0.35, 40);
    check_equal(d, slide_all(pope, q, k, 0.35, 40));
    CHECK(d.quadrature_parts.abs().max().item<double>() == 0);
    CHECK(d.cross.abs().max().item<double>() == 0);
  }
}

TEST_CASE("One chunk gives its known answers", "[decomposition]") {
  constexpr int64_t kPeriod = 16;
  const double theta = 2 * kPi / kPeriod;
  const std::vector<double> ones(2, 1.0);
  for (const double a : {0.3, 1.0, 1.4}) {  // phases +-a
    const auto d = one_chunk(ones, {a, -a}, theta, 4 * kPeriod);
    CHECK(share(d.quadrature, d) == Approx(std::sin(a) * std::sin(a)));
    CHECK(share(d.where, d) == Approx(std::cos(a) * std::cos(a)));
  }
  std::vector<double> phases;
  for (int i = 0; i < 12; ++i) phases.push_back(2 * kPi * i / 12);
  const auto uniform = one_chunk(std::vector<double>(12, 1.0), phases, theta, kPeriod);
  CHECK(share(uniform.in_phase, uniform) == Approx(0.5));
  CHECK(share(uniform.quadrature, uniform) == Approx(0.5));
  const auto heights = one_chunk({1, 3}, {0, 0}, theta, kPeriod);  // mean 2, square 5
  CHECK(share(heights.in_phase, heights) == Approx(1.0 / 5));
  CHECK(share(heights.where, heights) == Approx(4.0 / 5));
  const auto still = one_chunk({1, 3}, {0.4, -1}, 0, 20);
  CHECK(share(still.what, still) == Approx(1));
  const auto constant = one_chunk({2, 2}, {0.7, 0.7}, theta, 2 * kPeriod);
  CHECK(share(constant.where, constant) == Approx(1));
}

TEST_CASE("The gauge changes no share", "[decomposition]") {
  const Rope rope({4, 2, 8, {.base = 50}, nullptr});
  const auto q = normals("q", {4, 14, 8}) + 0.4, k = normals("k", {2, 14, 8}) - 0.2;
  const auto before = closed_form(rope, q, k, 0.35, 40);
  // zq -> zq / conj(w), zk -> w zk, a w for each key head and chunk.
  const auto w = at::complex(normals("w", {2, 4}) + 1.5, normals("v", {2, 4}));
  const auto turned = [](const at::Tensor& x, const at::Tensor& by) {
    const auto z = at::complex(x.narrow(-1, 0, 4).contiguous(), x.narrow(-1, 4, 4).contiguous()) *
                   by.unsqueeze(1);
    return at::cat({at::real(z), at::imag(z)}, -1);
  };
  const auto after =
      closed_form(rope, turned(q, (1 / w.conj()).repeat_interleave(2, 0)), turned(k, w), 0.35, 40);
  require_close(after.where, before.where, 1e-12);
  require_close(after.what, before.what, 1e-12);
  require_close(after.in_phase, before.in_phase, 1e-12);
  require_close(after.quadrature_parts, before.quadrature_parts, 1e-12);
  require_close(after.cross, before.cross, 1e-12);
}

TEST_CASE("A chunk alone has the share that it has as the only one", "[decomposition]") {
  const auto q = normals("q", {1, 14, 2}) + 0.4, k = normals("k", {1, 14, 2}) - 0.2;
  const FrequencyTable table{{0.3}, 1};
  const Rope rope({1, 1, 2, {}, &table});
  const auto mq = chunk_moments(moments_of(features_of(rope, q, 0)), rope, false);
  const auto mk = chunk_moments(moments_of(features_of(rope, k, 0)), rope, true);
  const PairingRule rule{0.35, 1, rope.theta()};
  const auto curves = curves_over(rule.theta, 30);
  const auto d = decompose(mq, mk, rule, curves);
  CHECK(quadrature_alone(mq, mk, rule, curves)[0][0].item<double>() ==
        Approx(share(d.quadrature, d)));
}

TEST_CASE("Moments without a block are the moments of the others", "[decomposition]") {
  BlockedMoments blocked;
  std::vector<at::Tensor> texts;
  for (int i = 0; i < 20; ++i) {
    texts.push_back(normals(("text" + std::to_string(i)).c_str(), {2, 3 + i % 4, 5}));
    blocked.add(i, texts.back(), 1);
  }
  REQUIRE(blocked.blocks() == 16);
  std::vector<at::Tensor> others;
  for (int i = 0; i < 20; ++i) {
    if (i % 16 != 2) others.push_back(texts[i]);
  }
  const auto left = blocked.without(2), expected = moments_of(at::cat(others, 1));
  CHECK(left.weight == expected.weight);
  require_close(left.first, expected.first, 1e-12);
  require_close(left.second, expected.second, 1e-6);
}
