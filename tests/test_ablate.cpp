// test_ablate.cpp: interventions on scores against their definitions pair by pair, what must change
// nothing, and a trained model's losses against an independent program's.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "probes/metrics/by_layer.hpp"
#include "tests/ablation_bench.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/metric_inputs.hpp"
#include "tests/program.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

/// The chunks of the first text in layer 0, [H, T, F] complex128, key heads spread.
struct Chunked {
  at::Tensor query, key;
};

class Catcher final : public Visitor {
 public:
  Chunked found;
  void see(const AttentionView& view) override {
    if (view.layer != 0 || view.text != 0) return;
    const auto z = [](const Chunks& c) {
      return at::complex(c.real.to(at::kDouble).contiguous(),
                         c.imaginary.to(at::kDouble).contiguous());
    };
    found.query = z(view.encoding->query_chunks(view.q));
    found.key = for_queries(z(view.encoding->key_chunks(view.k)), view.q.size(0));
  }
};

std::complex<double> as_complex(const at::Tensor& one) {
  return {at::real(one).item<double>(), at::imag(one).item<double>()};
}

/// `f(zq, zk, offset angle, c, h)` summed over the chunks of every pair, times the scale.
template <typename F>
at::Tensor pair_by_pair(const Bench& bench, const F& f) {
  Catcher catcher;
  WalkOptions options;
  options.visitor = &catcher;
  walk(bench.model, some_texts(), options);
  const auto H = catcher.found.query.size(0), T = catcher.found.query.size(1);
  const auto theta = bench.model.encoding(0).theta();
  const auto q = catcher.found.query, k = catcher.found.key;
  auto scores = at::zeros({H, T, T}, at::kDouble);
  const auto value = [](const at::Tensor& z, int64_t h, int64_t t, int64_t c) {
    return as_complex(z[h][t][c]);
  };
  for (int64_t h = 0; h < H; ++h) {
    for (int64_t t = 1; t < T; t += 3) {
      for (int64_t s = 1; s <= t; s += 2) {
        double sum = 0;
        for (int64_t c = 0; c < theta.numel(); ++c) {
          const double angle = double(t - s) * theta[c].item<double>();
          sum += f(value(q, h, t, c), value(k, h, s, c), angle, h, c);
        }
        scores[h][t][s] = sum * bench.model.config().scale();
      }
    }
  }
  return scores;
}

/// Where pair_by_pair() computed anything.
void check_pairs(const at::Tensor& found, const at::Tensor& expected) {
  for (int64_t h = 0; h < found.size(0); ++h) {
    for (int64_t t = 1; t < found.size(1); t += 3) {
      for (int64_t s = 1; s <= t; s += 2) {
        REQUIRE(found[h][t][s].item<double>() ==
                Approx(expected[h][t][s].item<double>()).margin(2e-5));
      }
    }
  }
}

/// The means that the definitions are about, of layer 0 and the first text.
struct Means {
  Reference reference;
  at::Tensor level;  // [H, F], complex: mean over offsets of e^{i (Delta theta - psi)}
  explicit Means(const Bench& bench) : reference(bench.references.without(0, 0)) {
    const auto theta = bench.model.encoding(0).theta();
    const auto angle = at::arange(bench.clean.range, at::kDouble).unsqueeze(1) * theta;
    const auto psi = reference.product.angle();
    level = at::polar(at::ones_like(angle), angle).mean(0) * at::polar(at::ones_like(psi), -psi);
  }
  double psi(int64_t h, int64_t c) const { return reference.product[h][c].angle().item<double>(); }
  double size(int64_t h, int64_t c) const { return reference.product[h][c].abs().item<double>(); }
  std::complex<double> curve(int64_t h, int64_t c) const { return as_complex(level[h][c]); }
};

using Z = std::complex<double>;

}  // namespace

TEST_CASE("Interventions do to each pair what their definitions say", "[ablate]") {
  const Bench bench(small_config());
  const Means means(bench);
  const auto turned = [&](Z q, Z k, double angle, int64_t h, int64_t c) {
    return std::conj(q) * k * std::polar(1.0, -means.psi(h, c)) * std::polar(1.0, 0 * angle);
  };
  SECTION("unshift") {
    const auto expected = pair_by_pair(bench, [&](Z q, Z k, double angle, int64_t h, int64_t c) {
      const Z g = turned(q, k, angle, h, c);
      return g.real() * std::cos(angle - means.psi(h, c)) + g.imag() * means.curve(h, c).imag();
    });
    check_pairs(bench.scores(named("unshift")).after, expected);
  }
  SECTION("unscale") {
    const auto expected = pair_by_pair(bench, [&](Z q, Z k, double angle, int64_t h, int64_t c) {
      const Z g = turned(q, k, angle, h, c);
      const double mean = means.size(h, c), at = angle - means.psi(h, c);
      return mean * std::cos(at) + (g.real() - mean) * means.curve(h, c).real() +
             g.imag() * std::sin(at);
    });
    check_pairs(bench.scores(named("unscale")).after, expected);
  }
  SECTION("zero") {
    const auto expected = pair_by_pair(bench, [](Z, Z, double, int64_t, int64_t) { return 0.0; });
    check_pairs(bench.scores(named("zero")).after, expected);
  }
  SECTION("derotate") {
    const auto expected = pair_by_pair(
        bench, [](Z q, Z k, double, int64_t, int64_t) { return (std::conj(q) * k).real(); });
    check_pairs(bench.scores(named("derotate")).after, expected);
  }
  SECTION("mean, on the keys alone") {
    auto intervention = named("mean");
    intervention.sides = Sides::key;
    const auto expected = pair_by_pair(bench, [&](Z q, Z, double angle, int64_t h, int64_t c) {
      const Z k = as_complex(means.reference.key_mean[h][c]);
      return (std::conj(q) * k * std::polar(1.0, -angle)).real();
    });
    check_pairs(bench.scores(intervention).after, expected);
  }
  SECTION("phase-strip") {
    const auto expected = pair_by_pair(bench, [&](Z q, Z k, double angle, int64_t h, int64_t c) {
      return std::abs(q) * std::abs(k) * std::cos(angle - means.psi(h, c));
    });
    check_pairs(bench.scores(named("phase-strip")).after, expected);
  }
  SECTION("magnitude-strip, on the queries alone") {
    auto intervention = named("magnitude-strip");
    intervention.sides = Sides::query;
    const auto expected = pair_by_pair(bench, [&](Z q, Z k, double angle, int64_t h, int64_t c) {
      const double size = means.reference.query_size[h][c].item<double>();
      return (std::conj(q / std::abs(q)) * k * std::polar(1.0, -angle)).real() * size;
    });
    check_pairs(bench.scores(intervention).after, expected);
  }
  SECTION("attenuate") {
    auto intervention = named("attenuate");
    intervention.factor = 0.25;
    const auto expected = pair_by_pair(bench, [](Z q, Z k, double angle, int64_t, int64_t) {
      return 0.25 * (std::conj(q) * k * std::polar(1.0, -angle)).real();
    });
    check_pairs(bench.scores(intervention).after, expected);
  }
}

TEST_CASE("Unshifted and unscaled parts together are the whole", "[ablate]") {
  // x cos + y level  and  x cos + y sin differ by what unshift takes; taking x from the other way
  // round gives the score back: unshift + unscale - (m cos + (x - m) level_x + y level_y) = score.
  const Bench bench(small_config());
  const Means means(bench);
  const auto scores = bench.scores(named("unshift"));
  const auto unscaled = bench.scores(named("unscale")).after;
  const auto shared = pair_by_pair(bench, [&](Z q, Z k, double angle, int64_t h, int64_t c) {
    const Z g = std::conj(q) * k * std::polar(1.0, -means.psi(h, c));
    const double mean = means.size(h, c);
    return mean * std::cos(angle - means.psi(h, c)) + (g.real() - mean) * means.curve(h, c).real() +
           g.imag() * means.curve(h, c).imag();
  });
  check_pairs(scores.after + unscaled - shared, scores.before);
}

TEST_CASE("What must change nothing changes no bit", "[ablate]") {
  auto same = named("attenuate");
  same.factor = 1;
  const Bench rope(small_config());
  CHECK(rope.scores(same).after.equal(rope.scores(same).before));
  auto still = small_config();
  still.encoding_options.keep_fraction = 0.5;  // frequencies 2 and 3 are 0
  const Bench half(still);
  for (const auto* const name : {"derotate", "unshift", "unscale"}) {
    INFO(name);
    const auto untouched = half.scores(named(name), {-1, {2, 3}, -1});
    CHECK(untouched.after.equal(untouched.before));
    const auto touched = half.scores(named(name), {-1, {1, 3}, -1});
    CHECK_FALSE(touched.after.equal(touched.before));
  }
  const Bench pope(small_config("pope"));
  for (const auto* const name : {"phase-strip", "unshift", "phase-shuffle"}) {
    INFO(name);
    const auto scores = pope.scores(named(name));
    CHECK(scores.after.equal(scores.before));
  }
  CHECK_FALSE(pope.scores(named("unscale")).after.equal(pope.scores(named("unscale")).before));
}

TEST_CASE("An edit stays in its layer, its head, and off position 0", "[ablate]") {
  const Bench bench(small_config());
  const auto elsewhere = bench.scores(named("zero"), {1, {}, -1});
  CHECK(elsewhere.after.equal(elsewhere.before));
  const auto scores = bench.scores(named("zero"), {0, {}, 2});
  const auto changed = (scores.after != scores.before);
  CHECK_FALSE(changed[1].any().item<bool>());
  CHECK(changed[2].any().item<bool>());
  CHECK_FALSE(changed[2].select(0, 0).any().item<bool>());
  CHECK_FALSE(changed[2].select(1, 0).any().item<bool>());
}

TEST_CASE("Phases are dealt anew, magnitudes stay", "[ablate]") {
  const Bench bench(small_config());
  const auto once = bench.scores(named("phase-shuffle")).after;
  CHECK(once.equal(bench.scores(named("phase-shuffle")).after));
  auto other = named("phase-shuffle");
  other.seed = 2;
  CHECK_FALSE(once.equal(bench.scores(other).after));
}

TEST_CASE("Interventions are refused by name", "[ablate]") {
  CHECK_THAT(test::refusal([] { intervention_row("unshfit"); }),
             Contains("'unshfit'") && Contains("unshift"));
}

TEST_CASE("The gauge changes no intervention's losses", "[ablate]") {
  const auto texts = some_texts();
  for (const auto& row : interventions()) {
    INFO(row.name);
    std::vector<double> totals;
    for (const bool turned : {false, true}) {
      Bench bench(small_config());
      if (turned) change_gauge(bench.model);
      const auto statistics = collect(bench.model, texts, {});
      const References references(statistics);
      const CleanPass clean{bench.model, references, statistics.longest};
      WalkOptions options;
      options.edit = make_editor(clean, named(row.name), {});
      totals.push_back(pooled(walk(bench.model, texts, options)).total);
    }
    CHECK(totals[0] == Approx(totals[1]).epsilon(1e-4));
  }
}
