// test_length_figure.cpp: usage weights beside lengths, read back from their SVG.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

/// w of one head of a file of 4 layers, 6 heads, 2 key heads, 8 frequencies.
double weight_of(const NamedProbe& probe, size_t l, size_t h, size_t f) {
  const auto product = [&](size_t i) {
    return values_of(probe, "per_head/query_norm_mean")[(l * 6 + h) * 8 + i] *
           values_of(probe, "per_head/key_norm_mean")[(l * 2 + h / 3) * 8 + i];
  };
  double sum = 0;
  for (size_t i = 0; i < 8; ++i) sum += product(i);
  return product(f) / sum;
}

double left_of(const Mark& bar) { return number_of(bar, "x"); }
double right_of(const Mark& bar) { return number_of(bar, "x") + number_of(bar, "width"); }

}  // namespace

TEST_CASE("A layer's bars are its heads' mean usage weights with their error", "[figures]") {
  const auto probe = synthetic_probe();
  const auto bars = marks_of(svg_of("length", {probe}), "rect", "weight");
  REQUIRE(bars.size() == 4 * 8);
  for (const auto& bar : bars) {
    const size_t l = std::stoul(bar.at("layer")), f = std::stoul(bar.at("frequency"));
    double mean = 0, squares = 0;
    for (size_t h = 0; h < 6; ++h) mean += weight_of(probe, l, h, f) / 6;
    for (size_t h = 0; h < 6; ++h) squares += std::pow(weight_of(probe, l, h, f) - mean, 2);
    CHECK(number_of(bar, "value") == Approx(mean).epsilon(1e-7));
    CHECK(number_of(bar, "error") == Approx(std::sqrt(squares / 5 / 6)).epsilon(1e-6));
    CHECK(number_of(bar, "height") / number_of(bars[3], "height") ==
          Approx(number_of(bar, "value") / number_of(bars[3], "value")).margin(0.002));
  }
}

TEST_CASE("One layer has a row a head, with that head's horizon", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("length", {probe}, {.layer = 2});
  const auto bars = marks_of(svg, "rect", "weight");
  REQUIRE(bars.size() == 6 * 8);
  for (const auto& bar : bars) {
    const size_t h = std::stoul(bar.at("head")), f = std::stoul(bar.at("frequency"));
    CHECK(number_of(bar, "value") == Approx(weight_of(probe, 2, h, f)).epsilon(1e-7));
  }
  const auto dots = marks_of(svg, "circle", "horizon");
  REQUIRE(dots.size() == 5);  // head 4 has none
  for (const auto& dot : dots) {
    CHECK(dot.at("layer") == "2");
    CHECK(number_of(dot, "value") == 3 + 40 * 2 + std::stod(dot.at("head")));
  }
  CHECK_THAT(svg, Contains(">no horizon</text>"));
  CHECK_THAT(refusal([&] { svg_of("length", {probe}, {.layer = 4}); }),
             Contains("a.h5: there is no layer 4; its layers are 0 to 3"));
}

TEST_CASE("A horizon as long as a wavelength stands below that frequency's bar", "[figures]") {
  auto probe = synthetic_probe();
  auto& horizons = probe.file.variables.at("metrics/horizon").values;
  for (size_t l = 0; l < 4; ++l) horizons[l * 6] = values_of(probe, "wavelength")[2 * l];
  const auto svg = svg_of("length", {probe});
  const auto bars = marks_of(svg, "rect", "weight"), dots = marks_of(svg, "circle", "horizon");
  REQUIRE(dots.size() == 4 * 5);
  for (size_t l = 0; l < 4; ++l) {
    const auto &dot = dots[l * 5], &bar = bars[l * 8 + 2 * l];
    REQUIRE(dot.at("layer") == fmt::format("{}", l));
    CHECK(number_of(dot, "cx") == Approx((left_of(bar) + right_of(bar)) / 2).margin(0.02));
    CHECK(number_of(dot, "cy") > number_of(bar, "y") + number_of(bar, "height"));
  }
  CHECK_THAT(svg, Contains(">1 without horizon</text>"));
}

TEST_CASE("Lengths are marked, horizons beyond every wavelength have a place", "[figures]") {
  auto probe = synthetic_probe();
  auto& horizons = probe.file.variables.at("metrics/horizon").values;
  horizons[0] = 60'000;
  horizons[1] = 1;
  const auto svg = svg_of("length", {probe});
  for (const auto* mark : {"training length 512", "longest text 160", "critical band 880"}) {
    CHECK_THAT(svg, Contains(">" + std::string(mark) + "</text>"));
  }
  const auto bars = marks_of(svg, "rect", "weight"), dots = marks_of(svg, "circle", "horizon");
  CHECK(number_of(dots[0], "cx") > right_of(bars[7]));
  CHECK(number_of(dots[1], "cx") < left_of(bars[0]));
  CHECK_THAT(svg, Contains(">0.20</text>"));  // layer 0's share without a full turn
}

TEST_CASE("Usage weights of theta 0 stand in a strip at the right", "[figures]") {
  auto probe = synthetic_probe();
  for (const size_t at : {6, 7}) probe.file.variables.at("theta").values[8 + at] = 0;
  const auto bars = marks_of(svg_of("length", {probe}), "rect", "weight");
  REQUIRE(bars.size() == 4 * 8);
  double last = 0;  // of what turns
  for (size_t i = 0; i < bars.size(); ++i) {
    if (i != 8 + 6 && i != 8 + 7) last = std::max(last, right_of(bars[i]));
  }
  CHECK(left_of(bars[8 + 6]) > last + 5);
  CHECK(left_of(bars[8 + 7]) > left_of(bars[8 + 6]));
}
