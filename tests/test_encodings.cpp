// test_encodings.cpp: what every row of the encodings table keeps. A new row is tested at once.

#include <ATen/ATen.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "models/attention.hpp"
#include "models/encoding.hpp"
#include "models/encodings/t5.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"

using namespace ww;

namespace {

constexpr int64_t B = 2, H = 2, D = 8;

/// Fixed cosines instead of draws: no seed.
at::Tensor ramp(at::IntArrayRef shape, double pace, at::ScalarType type = at::kDouble) {
  const auto count = c10::multiply_integers(shape);
  return at::arange(count, at::kDouble).mul(pace).cos().mul(1.5).view(shape).to(type);
}

/// One row's encoding with parameters that are not their start values.
struct Built {
  std::map<std::string, at::Tensor> parameters;
  std::unique_ptr<Encoding> encoding;
};

Built build(const EncodingRow& row,
            at::ScalarType type = at::kDouble,
            EncodingOptions* changed = nullptr) {
  const EncodingSetting setting{H, H, D, changed != nullptr ? *changed : row.fallbacks, nullptr};
  Built built;
  for (const auto& spec : row.layer_parameters(setting)) {
    built.parameters[spec.name] = ramp(spec.shape, 0.9, type) - 2;
  }
  built.encoding =
      row.make(setting, [&](const std::string& name) { return built.parameters.at(name); });
  return built;
}

Turn turn_of(const Encoding& encoding, const at::Tensor& positions, at::ScalarType type) {
  const auto theta = encoding.theta();
  return theta.numel() > 0 ? make_turn(positions, theta, type) : Turn{};
}

/// [B, H, T, T], not scaled; the first position is `start`.
at::Tensor scores(const Encoding& encoding,
                  int64_t T,
                  int64_t start,
                  at::ScalarType type = at::kDouble) {
  const auto positions = at::arange(start, start + T);
  const auto turn = turn_of(encoding, positions, type);
  const auto q = encoding.query(ramp({B, H, T, D}, 0.3, type), turn);
  const auto k = encoding.key(ramp({B, H, T, D}, 0.7, type), turn);
  const auto products = q.matmul(k.mT());
  const auto bias = encoding.bias(positions);
  return bias.defined() ? products + bias.to(type) : products;
}

/// The score of one pair restated: loops in double, straight from the papers.
double reference_score(const std::string& name,
                       const EncodingOptions& o,
                       const Built& built,
                       const double* q,
                       const double* k,
                       int64_t h,
                       int64_t t,
                       int64_t s) {
  double sum = 0;
  if (name == "pope") {
    for (int64_t c = 0; c < D; ++c) {
      const double theta = std::pow(o.base, -double(c) / D);
      const double delta =
          std::clamp(built.parameters.at("delta")[h][c].item<double>(), -2 * std::numbers::pi, 0.0);
      const double mu_q = std::log1p(std::exp(q[c])), mu_k = std::log1p(std::exp(k[c]));
      sum += mu_q * mu_k * std::cos(double(s - t) * theta + delta);
    }
    return sum;
  }
  const bool rotates = name == "rope" || name == "rope_half" || name == "p_rope";
  const auto r = rotates ? int64_t(double(D) * o.rotary_fraction) : 0;
  const auto pairs = r / 2;
  for (int64_t c = 0; c < pairs; ++c) {
    const bool kept = c < std::llround(o.keep_fraction * double(pairs));
    const double theta = kept ? std::pow(o.base, -2.0 * double(c) / double(r)) : 0.0;
    const auto a = o.layout == "half" ? c : 2 * c, b = o.layout == "half" ? c + r / 2 : 2 * c + 1;
    const std::complex<double> zq(q[a], q[b]), zk(k[a], k[b]);
    sum += std::real(std::conj(zq) * zk * std::polar(1.0, double(s - t) * theta));
  }
  for (int64_t c = r; c < D; ++c) sum += q[c] * k[c];
  if (name == "alibi") sum -= double(t - s) * std::pow(2.0, -4.0 * double(h + 1));
  if (name == "alibi_half" && h == 0) sum -= double(t - s) * std::pow(2.0, -8.0);
  if (name == "t5") {
    sum += built.parameters.at("bias")[h][t5_bucket(std::max<int64_t>(t - s, 0), 32, 128)]
               .item<double>();
  }
  return sum;
}

}  // namespace

TEST_CASE("Every encoding gives finite scores of the right shape", "[encodings]") {
  const int64_t T = GENERATE(1, 31, 32, 33);
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name << ", T = " << T) {
      const auto s = scores(*build(row).encoding, T, 0);
      CHECK(s.sizes() == at::IntArrayRef{B, H, T, T});
      CHECK(s.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("Every encoding's score equals its paper's formula in loops", "[encodings]") {
  constexpr int64_t T = 9, start = 3;
  const auto q = ramp({B, H, T, D}, 0.3), k = ramp({B, H, T, D}, 0.7);
  for (const auto& row : encodings()) {
    for (const std::string layout : {"half", "adjacent"}) {
      if (layout == "adjacent" && !row.reads("rope-layout")) continue;
      DYNAMIC_SECTION(row.name << " " << layout) {
        auto options = row.fallbacks;
        options.layout = layout;
        const auto built = build(row, at::kDouble, &options);
        const auto s = scores(*built.encoding, T, start);
        for (int64_t h = 0; h < H; ++h) {
          for (int64_t i = 0; i < T; ++i) {
            for (int64_t j = 0; j <= i; ++j) {
              const auto expected = reference_score(row.name,
                                                    options,
                                                    built,
                                                    q[1][h][i].data_ptr<double>(),
                                                    k[1][h][j].data_ptr<double>(),
                                                    h,
                                                    start + i,
                                                    start + j);
              REQUIRE(s[1][h][i][j].item<double>() == Approx(expected).margin(1e-11));
            }
          }
        }
      }
    }
  }
}

TEST_CASE("Attention scores depend on distance alone", "[encodings]") {
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto built = build(row);
      require_close(scores(*built.encoding, 33, 100'000), scores(*built.encoding, 33, 0), 1e-10);
    }
  }
}

TEST_CASE("float32 scores are right at position 1e6", "[encodings]") {
  for (const auto& row : encodings()) {
    DYNAMIC_SECTION(row.name) {
      const auto exact = scores(*build(row).encoding, 16, 1'000'000);
      const auto single = scores(*build(row, at::kFloat).encoding, 16, 1'000'000, at::kFloat);
      require_close(single.to(at::kDouble), exact, 2e-6);
    }
  }
}

TEST_CASE("Absolute vectors tell positions apart and repeat exactly", "[encodings]") {
  for (const auto& row : encodings()) {
    if (row.embedding == nullptr) continue;
    DYNAMIC_SECTION(row.name) {
      std::map<std::string, at::Tensor> parameters;
      for (const auto& spec : row.embedding_parameters(row.fallbacks, D)) {
        parameters[spec.name] = ramp(spec.shape, 0.37);
      }
      const auto lookup = [&](const std::string& name) { return parameters.at(name); };
      const auto at_positions = [&](int64_t start) {
        return row.embedding(row.fallbacks, D, at::arange(start, start + 5), lookup);
      };
      const auto v = at_positions(0);
      CHECK(v.sizes() == at::IntArrayRef{5, D});
      require_close(at_positions(2)[0], v[2], 1e-15);
      CHECK((v[0] - v[4]).abs().max().item<double>() > 0.1);
      CHECK(test::refusal([&] {
              at_positions(row.fallbacks.max_length - 4);
            }).find("--max-length") != std::string::npos);
    }
  }
}

TEST_CASE("Sinusoidal vectors are the sines and cosines of their formula", "[encodings]") {
  const auto& row = encoding_row("sinusoidal");
  const auto v = row.embedding(row.fallbacks, D, at::arange(7, 8), {});
  for (int64_t c = 0; c < D / 2; ++c) {
    const double angle = 7 * std::pow(10000.0, -2.0 * double(c) / D);
    CHECK(v[0][2 * c].item<double>() == Approx(std::sin(angle)));
    CHECK(v[0][2 * c + 1].item<double>() == Approx(std::cos(angle)));
  }
}

TEST_CASE("Chunks rebuild the scores of every encoding with frequencies", "[encodings]") {
  constexpr int64_t T = 7;
  const auto positions = at::arange(T);
  const auto qx = ramp({B, H, T, D}, 0.3), kx = ramp({B, H, T, D}, 0.7);
  for (const auto& row : encodings()) {
    const auto built = build(row);
    const auto theta = built.encoding->theta();
    if (theta.numel() == 0) continue;
    DYNAMIC_SECTION(row.name) {
      const auto q = built.encoding->query_chunks(qx), k = built.encoding->key_chunks(kx);
      const auto zq = at::complex(q.real.contiguous(), q.imaginary.contiguous());
      const auto zk = at::complex(k.real.contiguous(), k.imaginary.contiguous());
      const auto angle = positions.to(at::kDouble).unsqueeze(-1) * theta;
      const auto spin = at::polar(at::ones_like(angle), angle);
      auto rebuilt = at::real((zq * spin).conj().matmul((zk * spin).mT()));
      if (q.tail.defined()) rebuilt = rebuilt + q.tail.matmul(k.tail.mT());
      require_close(rebuilt, scores(*built.encoding, T, 0), 1e-12);
    }
  }
}

TEST_CASE("PoPE's magnitudes and phase follow their options", "[encodings]") {
  const auto& row = encoding_row("pope");
  const auto x = ramp({1, H, 3, D}, 0.7);
  const auto magnitude = [&](const std::string& name) {
    auto options = row.fallbacks;
    options.magnitude = name;
    return build(row, at::kDouble, &options).encoding->query_chunks(x).real;
  };
  require_close(magnitude("softplus"), (x.exp() + 1).log(), 1e-12);
  require_close(magnitude("relu"), x.clamp_min(0), 1e-15);
  require_close(magnitude("identity"), x, 1e-15);

  auto off = row.fallbacks;
  off.delta = "off";
  const auto built = build(row, at::kDouble, &off);
  CHECK(built.parameters.empty());
  CHECK(built.encoding->key_chunks(x).imaginary.abs().max().item<double>() == 0);
  const auto clamped = build(row).encoding->key_chunks(x);
  CHECK(at::atan2(clamped.imaginary, clamped.real).isfinite().all().item<bool>());
}

TEST_CASE("Options that contradict or cannot work are refused by name", "[encodings]") {
  const auto refused = [](const std::string& name, const Overrides& overrides, int64_t width = 8) {
    return test::refusal([&] {
      const auto& row = encoding_row(name);
      row.layer_parameters({2, 2, width, encoding_options(row, overrides), nullptr});
    });
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(refused("rope", {{"pope-delta", "zero"}}),
             Contains("rope has no option --pope-delta"));
  CHECK_THAT(refused("nope", {{"base", "100"}}), Contains("it knows: none"));
  CHECK_THAT(refused("rope", {{"base", "x"}}), Contains("--base needs a number"));
  CHECK_THAT(refused("rope", {{"base", "1"}}), Contains("--base must be above 1"));
  CHECK_THAT(refused("rope", {{"base", "nan"}}), Contains("--base"));
  CHECK_THAT(refused("rope", {}, 7), Contains("must be even"));
  CHECK_THAT(refused("rope", {{"rope-layout", "thirds"}}), Contains("half or adjacent"));
  CHECK_THAT(refused("pope", {{"pope-delta", "some"}}), Contains("zero, uniform or off"));
  CHECK_THAT(refused("pope", {{"pope-magnitude", "gelu"}}), Contains("softplus, relu or identity"));
  CHECK_THAT(refused("alibi", {{"alibi-heads", "0"}}), Contains("--alibi-heads"));
  CHECK_THAT(refused("t5", {{"t5-buckets", "1"}}), Contains("--t5-buckets"));
  CHECK_THAT(refused("ropes", {}), Contains("unknown encoding 'ropes'; there are: rope, "));
}
