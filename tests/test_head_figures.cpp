// test_head_figures.cpp: the figures of heads and their offsets, read back from their SVG.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

double number_of(const Mark& mark, const std::string& name) { return std::stod(mark.at(name)); }

}  // namespace

TEST_CASE("A head of one kind alone is a disc on that corner of the triangle", "[figures]") {
  auto probe = synthetic_probe({.layers = 1, .heads = 4});
  const auto set = [&](size_t head, double where, double what, double inphase, double quadrature) {
    auto& variables = probe.file.variables;
    variables.at("metrics/share_where").values[4 + head] = where;  // the second range
    variables.at("metrics/share_what").values[4 + head] = what;
    variables.at("metrics/share_inphase").values[4 + head] = inphase;
    variables.at("metrics/share_quadrature").values[4 + head] = quadrature;
  };
  set(0, 1, 0, 0, 0);
  set(1, 0, 1, 0, 0);
  set(2, 0, 0, 0.2, 0.8);
  set(3, 0.5, 0.2, 0.1, 0.2);
  const auto discs = marks_of(svg_of("triangle", {probe}), "circle", "triangle");
  REQUIRE(discs.size() == 4);
  std::vector<Mark> by_head(4);
  for (const auto& disc : discs) by_head[std::stoul(disc.at("head"))] = disc;
  const auto& where = by_head[0];
  const double left = number_of(where, "cx"), bottom = number_of(where, "cy");
  const double side = number_of(by_head[1], "cx") - left;
  CHECK(side > 100);
  CHECK(number_of(by_head[1], "cy") == Approx(bottom));
  CHECK(number_of(by_head[2], "cx") == Approx(left + side / 2).margin(0.02));
  const double height = side * std::sqrt(3) / 2;
  CHECK(number_of(by_head[2], "cy") == Approx(bottom - height).margin(0.02));
  CHECK(number_of(by_head[3], "cx") == Approx(left + side * (0.2 + 0.3 / 2)).margin(0.02));
  CHECK(number_of(by_head[3], "cy") == Approx(bottom - 0.3 * height).margin(0.02));
  // areas as the quadrature shares, .8 and .2
  CHECK(number_of(by_head[2], "r") == Approx(2 * number_of(by_head[3], "r")));
}

TEST_CASE("The triangle has a disc a head with a value, of the longest range", "[figures]") {
  auto probe = synthetic_probe();
  probe.file.variables.at("metrics/share_what").values[24 + 7] = std::nan("");
  const auto svg = svg_of("triangle", {probe});
  const auto discs = marks_of(svg, "circle", "triangle");
  REQUIRE(discs.size() == 4 * 6 - 1);
  CHECK_THAT(svg, Contains("Heads without a value: 1."));
  for (const auto& disc : discs) {
    const size_t at = 24 + std::stoul(disc.at("layer")) * 6 + std::stoul(disc.at("head"));
    CHECK(number_of(disc, "value") ==
          Approx(values_of(probe, "metrics/share_quadrature")[at]).epsilon(1e-7));
    CHECK(number_of(disc, "where") ==
          Approx(values_of(probe, "metrics/share_where")[at]).epsilon(1e-7));
  }
  CHECK(marks_of(svg_of("triangle", {probe}, {.layer = 2}), "circle", "triangle").size() == 6);
  CHECK_THAT(refusal([&] { svg_of("triangle", {probe}, {.layer = 4}); }),
             Contains("a.h5: there is no layer 4; its layers are 0 to 3"));
}
