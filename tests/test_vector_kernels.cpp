// test_vector_kernels.cpp: the functions inside the vector kernels against the C library in double
// and against loops, for every instruction set that this machine runs.

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/vector_probe.hpp"

using namespace ww;
using kernels::Isa;
using test::VectorProbe;

namespace ww::kernels {
#ifdef WW_VECTOR_KERNELS
const test::VectorProbe& avx2_probe();
const test::VectorProbe& avx512_probe();
#endif
}  // namespace ww::kernels

const VectorProbe* test::vector_probe(Isa isa) {
#ifdef WW_VECTOR_KERNELS
  if (isa == Isa::avx2) return &kernels::avx2_probe();
  if (isa == Isa::avx512) return &kernels::avx512_probe();
#endif
  (void)isa;
  return nullptr;
}

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kFloatNaN = std::numeric_limits<float>::quiet_NaN();

/// Calls `check` with the functions of every instruction set; notes those that can't run here.
void for_each_isa(const std::function<void(const VectorProbe&)>& check) {
  for (const auto isa : {Isa::avx2, Isa::avx512}) {
    DYNAMIC_SECTION(kernels::isa_name(isa)) {
      const auto reason = kernels::obstacle(isa);
      if (!reason.empty()) return test::skip(reason);
      check(*test::vector_probe(isa));
    }
  }
}

std::vector<float> ramp(float from, float to, size_t count) {
  std::vector<float> x(count);
  for (size_t i = 0; i < count; ++i) {
    x[i] = from + (to - from) * static_cast<float>(i) / static_cast<float>(count - 1);
  }
  return x;
}

std::vector<float> draws(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> x(count);
  for (auto& value : x) value = normal(generator);
  return x;
}

/// The largest distance of y from exact(x) in units of `unit(x)`.
template <typename Exact, typename Unit>
double worst(const std::vector<float>& x, const std::vector<float>& y, Exact exact, Unit unit) {
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double wanted = exact(static_cast<double>(x[i]));
    most = std::max(most, std::abs(y[i] - wanted) / unit(wanted));
  }
  return most;
}

double last_place(double value) {
  return std::max(std::abs(value) * std::numeric_limits<float>::epsilon() / 2, 1e-37);
}

}  // namespace

TEST_CASE("The exponential is right to 2 units and exactly 0 far below", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    const auto x = ramp(-79.9F, 0, 1 << 16);
    std::vector<float> y(x.size());
    probe.exponential(x.data(), y.data(), static_cast<int64_t>(x.size()));
    CHECK(worst(
              x, y, [](double v) { return std::exp(v); }, last_place) < 4);
    std::vector<float> far = {-80.001F, -87, -103, -1e4F, -1e30F, -kInfinity, kFloatNaN, 0};
    far.resize(16, -1);
    probe.exponential(far.data(), y.data(), 16);
    for (size_t i = 0; i < 6; ++i) CHECK(y[i] == 0);
    CHECK(std::isnan(y[6]));
    CHECK(y[7] == 1);
  });
}

TEST_CASE("Softplus and its slope are right at both ends", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    const auto x = ramp(-60, 60, 1 << 16);
    std::vector<float> y(x.size()), slope(x.size());
    probe.softplus(x.data(), y.data(), slope.data(), static_cast<int64_t>(x.size()));
    const auto exact = [](double v) {
      return std::max(v, 0.0) + std::log1p(std::exp(-std::abs(v)));
    };
    CHECK(worst(x, y, exact, last_place) < 8);
    CHECK(worst(
              x, slope, [](double v) { return 1 / (1 + std::exp(-v)); }, last_place) < 8);
    std::vector<float> odd = {kFloatNaN, kInfinity, -kInfinity, -1000};
    odd.resize(16, 0);
    probe.softplus(odd.data(), y.data(), slope.data(), 16);
    CHECK(std::isnan(y[0]));
    CHECK(y[1] == kInfinity);
    CHECK(y[2] == 0);
    CHECK(y[3] == 0);
  });
}

TEST_CASE("Relu keeps a NaN", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    std::vector<float> x = {-2, 0, 3, kFloatNaN}, y(16), slope(16);
    x.resize(16, 1);
    probe.relu(x.data(), y.data(), slope.data(), 16);
    CHECK(y[0] == 0);
    CHECK(y[1] == 0);
    CHECK(y[2] == 3);
    CHECK(std::isnan(y[3]));
    CHECK(slope[0] == 0);
    CHECK(slope[1] == 0);
    CHECK(slope[2] == 1);
  });
}

TEST_CASE("GELU and its slope are those of the tanh form", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    const auto x = ramp(-12, 12, 1 << 16);
    auto y = x;
    std::vector<float> slope(x.size());
    probe.gelu(y.data(), slope.data(), static_cast<int64_t>(x.size()));
    const double root = std::sqrt(2 / std::acos(-1.0));
    const auto tangent = [&](double v) { return std::tanh(root * (v + 0.044715 * v * v * v)); };
    const auto value = [&](double v) { return 0.5 * v * (1 + tangent(v)); };
    const auto derivative = [&](double v) {
      const double t = tangent(v);
      return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * root * (1 + 3 * 0.044715 * v * v);
    };
    const auto absolute = [](double) { return 1.0; };
    CHECK(worst(x, y, value, [](double v) { return std::max(0.1, std::abs(v)); }) < 4e-7);
    CHECK(worst(x, slope, derivative, absolute) < 5e-7);
  });
}

TEST_CASE("A masked score's pattern is exactly 0 and none is denormal", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    const auto columns = GENERATE(16, 32, 48);
    auto row = draws(static_cast<size_t>(columns), 5);
    std::vector<float> bias(row.size(), 0);
    bias[2] = bias[9] = bias.back() = -kInfinity;
    row[4] = 300;    // the others sit far below the maximum
    row[5] = 195;    // e^-105 / 1 would be denormal
    row[9] = 1e30F;  // hidden, whatever it is
    probe.softmax(row.data(), bias.data(), 1, columns);
    CHECK(row[4] == 1);
    for (size_t i = 0; i < row.size(); ++i) {
      if (i != 4) CHECK(row[i] == 0);
    }
  });
}

TEST_CASE("Softmax rows are those of a loop in double", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    constexpr int64_t columns = 48, T = 37;
    auto row = draws(columns, 6), bias = draws(columns, 7);
    for (int64_t j = T; j < columns; ++j) bias[static_cast<size_t>(j)] = -kInfinity;
    std::vector<double> exact;
    double total = 0;
    for (size_t j = 0; j < row.size(); ++j) {
      exact.push_back(std::exp(0.25 * static_cast<double>(row[j]) + static_cast<double>(bias[j])));
      total += exact.back();
    }
    probe.softmax(row.data(), bias.data(), 0.25F, columns);
    for (size_t j = 0; j < row.size(); ++j) {
      CHECK(row[j] == Approx(exact[j] / total).epsilon(1e-6));
    }
  });
}

TEST_CASE("Products equal loops in double for every height, width and depth", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    for (const int64_t rows : {1, 2, 5, 6, 7, 13, 14, 15, 26, 27}) {
      for (const int64_t columns : {16, 32, 48, 64, 80, 112, 128}) {
        for (const int64_t depth : {1, 16, 17, 48}) {
          const auto a = draws(static_cast<size_t>(rows * depth), 1);
          const auto b = draws(static_cast<size_t>(depth * columns), 2);
          const auto start = draws(static_cast<size_t>(rows * columns), 3);
          std::vector<float> memory(2 * b.size() + 64);
          for (const bool turned : {false, true}) {
            auto sum = start, alone = start, packed = start;
            probe.product(rows, columns, depth, a.data(), turned, b.data(), sum.data(), true);
            probe.product(rows, columns, depth, a.data(), turned, b.data(), alone.data(), false);
            const bool pack = depth % 16 == 0 && !turned;
            if (pack) {  // b is read as w [columns, depth]
              probe.packed_product(
                  rows, columns, depth, a.data(), b.data(), memory.data(), packed.data());
            }
            for (int64_t m = 0; m < rows; ++m) {
              for (int64_t n = 0; n < columns; ++n) {
                double exact = 0, exact_packed = 0, size = 0;
                for (int64_t k = 0; k < depth; ++k) {
                  const double left = a[static_cast<size_t>(turned ? k * rows + m : m * depth + k)];
                  exact += left * b[static_cast<size_t>(k * columns + n)];
                  exact_packed += left * b[static_cast<size_t>(n * depth + k)];
                  size += std::abs(left);
                }
                const auto i = static_cast<size_t>(m * columns + n);
                REQUIRE(std::abs(alone[i] - exact) <= 1e-6 * (1 + size));
                REQUIRE(std::abs(sum[i] - start[i] - exact) <= 1e-6 * (1 + size));
                if (pack) REQUIRE(std::abs(packed[i] - exact_packed) <= 1e-6 * (1 + size));
              }
            }
          }
        }
      }
    }
  });
}

TEST_CASE("A transpose is exact and pads with zeros", "[kernels]") {
  for_each_isa([](const VectorProbe& probe) {
    for (const int64_t rows : {1, 7, 8, 15, 16, 17, 28}) {
      constexpr int64_t columns = 32;
      const auto padded = (rows + 15) / 16 * 16;
      const auto from = draws(static_cast<size_t>(rows * columns), 4);
      std::vector<float> to(static_cast<size_t>(columns * padded), kFloatNaN);
      probe.transpose(from.data(), rows, columns, to.data(), padded);
      for (int64_t c = 0; c < columns; ++c) {
        for (int64_t r = 0; r < padded; ++r) {
          const auto value = to[static_cast<size_t>(c * padded + r)];
          REQUIRE(value == (r < rows ? from[static_cast<size_t>(r * columns + c)] : 0));
        }
      }
    }
  });
}

TEST_CASE("Units with vector flags share no function with the rest of the program", "[kernels]") {
#ifdef WW_VECTOR_OBJECTS
  // A weak symbol would be merged with other units' copies of it, and the AVX-512 one might stay.
  const auto listed = test::run_shell("nm -C " WW_VECTOR_OBJECTS " 2>&1");
  if (listed.status != 0) return test::skip("nm is not here");
  std::istringstream lines(listed.output);
  int tables = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto kind = line.size() > 17 ? line[17] : ' ';
    INFO(line);
    CHECK((kind != 'W' && kind != 'V' && kind != 'u'));
    if (kind == 'T') ++tables;
  }
  CHECK(tables == 2);
#else
  test::skip("this build has no vector kernels");
#endif
}
