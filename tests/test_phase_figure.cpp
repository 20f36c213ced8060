// test_phase_figure.cpp: chunks in the complex plane, read back from their SVG.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>

#include "plots/phase_clouds.hpp"
#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

using Chunks = std::vector<std::complex<double>>;

/// Moments of one frequency from chunks, by their definitions, into the place of the first head.
void set_moments(NamedProbe& probe, const std::string& side, const Chunks& chunks) {
  const auto n = static_cast<double>(chunks.size());
  std::complex<double> mean, square;
  double norm = 0, norms = 0;
  for (const auto& z : chunks) {
    mean += z / n;
    square += z * z / n;
    norm += std::abs(z) / n;
    norms += std::norm(z) / n;
  }
  const auto set = [&](const char* name, double value) {
    probe.file.variables.at("per_head/" + side + name).values[0] = value;
  };
  set("_norm_mean", norm);
  set("_norm_cv", std::sqrt(norms - norm * norm) / norm);
  set("_mean_re", mean.real());
  set("_mean_im", mean.imag());
  set("_square_re", square.real());
  set("_square_im", square.imag());
}

const Chunks kChunks = {{2, 0.5}, {1, -0.25}, {-0.5, 1.5}, {3, 2}, {0.75, 0.125}};

}  // namespace

TEST_CASE("A cloud's mean and covariance are those of the chunks over their mean norm",
          "[figures]") {
  auto probe = synthetic_probe();
  set_moments(probe, "query", kChunks);
  const auto cloud = phase_file(probe, 0, 0, 0).panels.at(0).query;
  double norm = 0;
  for (const auto& z : kChunks) norm += std::abs(z) / 5;
  double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (const auto& z : kChunks) {
    x += z.real() / norm / 5;
    y += z.imag() / norm / 5;
  }
  for (const auto& z : kChunks) {
    const double dx = z.real() / norm - x, dy = z.imag() / norm - y;
    xx += dx * dx / 5;
    xy += dx * dy / 5;
    yy += dy * dy / 5;
  }
  CHECK(cloud.mean.x == Approx(x));
  CHECK(cloud.mean.y == Approx(y));
  CHECK(cloud.xx == Approx(xx));
  CHECK(cloud.xy == Approx(xy));
  CHECK(cloud.yy == Approx(yy));
  const double determinant = xx * yy - xy * xy;
  for (const auto& z : cloud.ellipse(33)) {  // one standard deviation: d' C^-1 d = 1
    const double dx = z.x - x, dy = z.y - y;
    CHECK((yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / determinant == Approx(1));
  }
}

TEST_CASE("The phase figure has a panel a frequency with both sides' means", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("phase", {probe}, {.layer = 1, .head = 4});
  for (const std::string side : {"query", "key"}) {
    const auto means = marks_of(svg, "circle", side);
    REQUIRE(means.size() == 8);
    const size_t row = side == "query" ? 6 + 4 : 2 + 1;  // head 4 reads key head 1
    for (size_t f = 0; f < 8; ++f) {
      const auto value = [&](const char* name) {
        return values_of(probe, "per_head/" + side + name)[row * 8 + f];
      };
      const double size = std::hypot(value("_mean_re"), value("_mean_im")) / value("_norm_mean");
      CHECK(number_of(means[f], "value") == Approx(size).epsilon(1e-7));
    }
  }
  CHECK_THAT(svg, Contains(">tiny (rope), layer 1, head 4 with key head 1</text>"));
  CHECK_THAT(svg, Contains(">0: 6.3 tokens</text>") && Contains(">R 0.86, q 0.00</text>"));
  CHECK_THAT(refusal([&] { svg_of("phase", {probe}, {.layer = 4}); }),
             Contains("a.h5: there is no layer 4"));
  CHECK_THAT(refusal([&] { svg_of("phase", {probe}, {.head = 6}); }),
             Contains("a.h5: there is no head 6; its heads are 0 to 5"));
}

TEST_CASE("Sampled chunks are dots over their mean norm, if the file has them", "[figures]") {
  auto probe = synthetic_probe();
  const auto file = phase_file(probe, 2, 3, 10'000);
  REQUIRE(file.samples == 5);
  REQUIRE(file.shown == 5);
  const auto& cloud = file.panels.at(6).key;
  REQUIRE(cloud.samples.size() == 5);
  const size_t row = (2 * 2 + 1) * 8 + 6;
  const double norm = values_of(probe, "per_head/key_norm_mean")[row];
  for (size_t n = 0; n < 5; ++n) {
    CHECK(cloud.samples[n].x == Approx(values_of(probe, "samples/key_re")[row * 5 + n] / norm));
    CHECK(cloud.samples[n].y == Approx(values_of(probe, "samples/key_im")[row * 5 + n] / norm));
  }
  CHECK(phase_file(probe, 2, 3, 32).panels.at(6).key.samples.size() == 2);  // 16 clouds
  probe.file.variables.erase("samples/query_im");
  CHECK_THAT(text_of(svg_of("phase", {probe})), Contains("No sampled tokens are in the file."));
}

TEST_CASE("A file without R and q, with padding and theta 0 has its panels all the same",
          "[figures]") {
  auto probe = synthetic_probe();
  auto& theta = probe.file.variables.at("theta").values;
  theta[6] = 0;
  theta[7] = std::numeric_limits<double>::quiet_NaN();
  probe.file.variables.erase("metrics/resultant");
  probe.file.variables.erase("metrics/quadrature_axis");
  const auto svg = svg_of("phase", {probe});
  CHECK(marks_of(svg, "circle", "query").size() == 7);
  CHECK_THAT(svg, Contains(">6: \u03b8 = 0</text>") && !Contains(">R "));
}
