// test_host_usage.cpp: the CUDA sums of frequency usage, run on the host, against a loop in double.

#include <cmath>
#include <random>

#include "models/kernels/cuda/host/floats.hpp"
#include "models/kernels/cuda/usage.cuh"
#include "tests/catch.hpp"

using namespace ww;
using namespace ww::kernels;
using namespace ww::kernels::cuda;

namespace {

/// Features with NaN between rows, and room for the sums.
struct Setting {
  DeviceUsage usage{};
  std::vector<float> wide;       // as stored, in float
  std::vector<uint16_t> narrow;  // their bits where they are not float
  std::vector<UsageOfFrequency> parts, sums;
};

Setting draw(DeviceUsage usage) {
  Setting s;
  const int64_t D = usage.kind == Kind::polar ? usage.F : 2 * usage.F;
  usage.place = usage.H * D + 3, usage.head = D;
  std::mt19937 generator(5);  // NOLINT(cert-msc51-cpp): the same each time
  std::normal_distribution<float> normal(0.3F, 2);
  s.wide.assign(usage.T * usage.place, NAN);
  for (int64_t t = 0; t < usage.T; ++t) {
    for (int64_t i = 0; i < usage.H * D; ++i) s.wide[t * usage.place + i] = normal(generator);
  }
  if (usage.number != Number::float32) {
    const auto element = usage.number == Number::bfloat16 ? Element::bfloat16 : Element::float16;
    for (auto& x : s.wide) {
      s.narrow.push_back(host::to_element(element, x));
      x = host::from_element(element, s.narrow.back());
    }
  }
  s.usage = usage;
  s.parts.assign(usage_parts(usage), {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN});
  s.sums.assign(usage.H * usage.F, s.parts[0]);
  return s;
}

void run(Setting& s) {
  s.usage.data = s.narrow.empty() ? static_cast<const void*>(s.wide.data()) : s.narrow.data();
  s.usage.parts = s.parts.data(), s.usage.sums = s.sums.data();
  check_usage(s.usage);
  run_usage(s.usage, nullptr);
}

std::pair<double, double> chunk(const Setting& s, int64_t h, int64_t t, int64_t f) {
  const auto& u = s.usage;
  const float* const row = &s.wide[t * u.place + h * u.head];
  if (u.kind == Kind::pairs) {
    const bool half = u.layout == PairLayout::half;
    return {row[half ? f : 2 * f], row[half ? f + u.F : 2 * f + 1]};
  }
  const double x = row[f];
  if (u.magnitude == Magnitude::softplus) return {std::log1p(std::exp(x)), 0};
  return {u.magnitude == Magnitude::relu ? std::max(x, 0.0) : x, 0};
}

UsageOfFrequency expected(const Setting& s, int64_t h, int64_t f) {
  UsageOfFrequency sum{};
  for (int64_t t = 0; t < s.usage.T; ++t) {
    const auto [x, y] = chunk(s, h, t, f);
    const double norm = std::hypot(x, y);
    if (t == 0) sum.first = norm;
    if (t == 0 && !s.usage.include_first) continue;
    sum.norm += norm, sum.square += norm * norm;
    sum.largest = std::max(sum.largest, norm);
    sum.real += x, sum.imaginary += y;
    sum.real_square += x * x - y * y, sum.imaginary_square += 2 * x * y;
  }
  return sum;
}

constexpr double UsageOfFrequency::*kFields[] = {&UsageOfFrequency::norm,
                                                 &UsageOfFrequency::square,
                                                 &UsageOfFrequency::largest,
                                                 &UsageOfFrequency::real,
                                                 &UsageOfFrequency::imaginary,
                                                 &UsageOfFrequency::real_square,
                                                 &UsageOfFrequency::imaginary_square,
                                                 &UsageOfFrequency::first};

/// Pairs are exact in double; a magnitude is rounded to float once a place.
void check_setting(DeviceUsage usage) {
  auto s = draw(usage);
  run(s);
  const double allowed = (usage.kind == Kind::polar ? 1e-6 : 1e-13) * 9 * double(usage.T);
  double most = 0;
  for (int64_t h = 0; h < usage.H; ++h) {
    for (int64_t f = 0; f < usage.F; ++f) {
      const auto wanted = expected(s, h, f);
      for (const auto field : kFields) {
        const double error = std::abs(s.sums[h * usage.F + f].*field - wanted.*field);
        most = std::isnan(error) ? INFINITY : std::max(most, error);
      }
    }
  }
  CHECK(most <= allowed);
}

DeviceUsage sizes(int64_t H, int64_t T, int64_t F) {
  DeviceUsage u{};
  u.H = H, u.T = T, u.F = F;
  return u;
}

}  // namespace

TEST_CASE("CUDA usage agrees with a loop over places", "[host-cuda]") {
  for (const int64_t T : {1, 2, 255, 256, 257, 600}) {
    for (const bool include_first : {false, true}) {
      for (const auto layout : {PairLayout::half, PairLayout::adjacent}) {
        auto u = sizes(2, T, 5);
        u.include_first = include_first, u.layout = layout;
        INFO("T " << T << ", first " << include_first << ", layout " << static_cast<int>(layout));
        check_setting(u);
      }
    }
  }
}

TEST_CASE("CUDA usage reads every kind of number and magnitude", "[host-cuda]") {
  for (const auto number : {Number::float32, Number::bfloat16, Number::float16}) {
    for (const auto magnitude : {Magnitude::softplus, Magnitude::relu, Magnitude::identity}) {
      auto u = sizes(3, 40, 130);
      u.number = number, u.magnitude = magnitude, u.kind = Kind::polar;
      INFO("number " << static_cast<int>(number) << ", magnitude " << static_cast<int>(magnitude));
      check_setting(u);
      u.kind = Kind::pairs, u.F = 16;
      check_setting(u);
    }
  }
}

TEST_CASE("CUDA usage keeps a NaN where it is", "[host-cuda]") {
  auto s = draw(sizes(2, 300, 4));
  s.wide[280 * s.usage.place + 8 + 2] = NAN;  // head 1, frequency 2
  run(s);
  for (size_t i = 0; i < s.sums.size(); ++i) {
    CHECK(std::isnan(s.sums[i].norm) == (i == 6));
    CHECK(std::isnan(s.sums[i].largest) == (i == 6));
    CHECK(!std::isnan(s.sums[i].first));
  }
}

TEST_CASE("CUDA usage refuses what it cannot do", "[host-cuda]") {
  const auto refused = [](const std::function<void(DeviceUsage&)>& spoil) {
    auto s = draw(sizes(1, 2, 3));
    spoil(s.usage);
    return test::refusal([&] { run(s); });
  };
  CHECK(refused([](auto& u) { u.T = 0; }).find("sizes must be positive") != std::string::npos);
  CHECK(refused([](auto& u) { u.kind = Kind::none; }).find("never turn") != std::string::npos);
  CHECK(refused([](auto& u) { u.H = 70'000; }).find("70000 heads") != std::string::npos);
  CHECK(refused([](auto& u) { u.H = 33, u.T = 1 << 19; }).find("too many") != std::string::npos);
  CHECK(test::refusal([] { check_usage(sizes(1, 1, 1)); }).find("missing") != std::string::npos);
}
