// test_head_figures.cpp: the figures of heads and their offsets, read back from their SVG.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <regex>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

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

TEST_CASE("Preferred offsets stand over their wavelengths, as high as they are far", "[figures]") {
  auto probe = synthetic_probe();
  auto& offsets = probe.file.variables.at("metrics/preferred_offset").values;
  offsets[0] = std::nan("");
  const auto dots = marks_of(svg_of("offset", {probe}), "circle", "offset");
  REQUIRE(dots.size() == 4 * 6 * 8 - 1);
  std::vector<std::pair<double, double>> heights, columns(8, {1e9, 0});
  for (const auto& dot : dots) {
    const size_t f = std::stoul(dot.at("frequency"));
    const size_t at = (std::stoul(dot.at("layer")) * 6 + std::stoul(dot.at("head"))) * 8 + f;
    CHECK(number_of(dot, "value") == Approx(offsets[at]).epsilon(1e-7));
    CHECK(number_of(dot, "spread") ==
          Approx(values_of(probe, "metrics/offset_spread")[at]).epsilon(1e-7));
    heights.emplace_back(offsets[at], -number_of(dot, "cy"));
    columns[f].first = std::min(columns[f].first, number_of(dot, "cx"));
    columns[f].second = std::max(columns[f].second, number_of(dot, "cx"));
  }
  std::ranges::sort(heights);
  CHECK(std::ranges::is_sorted(heights, {}, &std::pair<double, double>::second));
  for (size_t f = 1; f < 8; ++f) CHECK(columns[f].first > columns[f - 1].second);
}

TEST_CASE("Offsets of wide spread are grey, and one head's have bars", "[figures]") {
  auto probe = synthetic_probe({.frequencies = 4});
  auto& spreads = probe.file.variables.at("metrics/offset_spread").values;
  const size_t first = (6 + 3) * 4;  // layer 1, head 3
  for (size_t f = 0; f < 4; ++f) {
    const double turns[] = {0.01, 0.1, 0.2, 0.3};
    spreads[first + f] = turns[f] * values_of(probe, "wavelength")[4 + f];
  }
  const auto svg = svg_of("offset", {probe}, {.layer = 1, .head = 3});
  const auto dots = marks_of(svg, "circle", "offset");
  REQUIRE(dots.size() == 4);
  const std::array colours = {"#053061", "#2166ac", "#6baed6", "#cccccc"};
  for (const auto& dot : dots) CHECK(dot.at("fill") == colours[std::stoul(dot.at("frequency"))]);
  CHECK_THAT(text_of(svg), Contains("Bars: ± the spread"));
  CHECK_THAT(refusal([&] { svg_of("offset", {probe}, {.head = 6}); }),
             Contains("there is no head 6; its heads are 0 to 5"));
}

TEST_CASE("Sinks, entropies and the largest slash of each head have a cell each", "[figures]") {
  auto probe = synthetic_probe({.lags = 72});
  auto& slash = probe.file.variables.at("metrics/slash").values;
  slash[5] = 0.9;        // layer 0, head 0: offset 5
  slash[72 + 64] = 0.9;  // head 1: too far
  const auto svg = svg_of("heads", {probe});
  const auto sinks = marks_of(svg, "rect", "sink"), entropies = marks_of(svg, "rect", "entropy"),
             slashes = marks_of(svg, "rect", "slash");
  REQUIRE(sinks.size() == 24);
  REQUIRE(slashes.size() == 24);
  for (size_t i = 0; i < 24; ++i) {
    CHECK(number_of(sinks[i], "value") ==
          Approx(values_of(probe, "metrics/sink_mass")[i]).margin(1e-9));
    CHECK(number_of(entropies[i], "value") ==
          Approx(values_of(probe, "metrics/attention_entropy")[i]));
  }
  CHECK(slashes[0].at("lag") == "5");
  CHECK(number_of(slashes[0], "value") == Approx(0.9));
  CHECK(slashes[1].at("lag") == "1");  // the formula's: head h at offset h
  CHECK(number_of(slashes[1], "value") == Approx(0.3));
}

TEST_CASE("Swapped blocks are a dot a head where the file has them", "[figures]") {
  auto probe = synthetic_probe();
  const auto dots = marks_of(svg_of("heads", {probe}), "circle", "swap");
  REQUIRE(dots.size() == 24);
  for (size_t i = 0; i < 24; ++i) {
    CHECK(number_of(dots[i], "value") == Approx(values_of(probe, "metrics/s_pos")[i]));
    CHECK(number_of(dots[i], "content") == Approx(values_of(probe, "metrics/s_sym")[i]));
  }
  // head 0: place .9, content .1; head 1: .78, .2: to the left and higher
  CHECK(number_of(dots[1], "cx") < number_of(dots[0], "cx"));
  CHECK(number_of(dots[1], "cy") < number_of(dots[0], "cy"));
  CHECK_THAT(svg_of("heads", {probe}), Contains("s_pos 0.9 \u00b1 0.01, s_sym 0.1 \u00b1 0.02"));
  const auto bars = [&] { return count_of(svg_of("heads", {probe}), "stroke-opacity=\"0.5\""); };
  CHECK(bars() == 2 * 24);
  probe.file.variables.erase("metrics/s_pos_se");
  CHECK(bars() == 0);
  probe.file.variables.erase("metrics/s_sym");
  CHECK(marks_of(svg_of("heads", {probe}), "circle", "swap").empty());
}

TEST_CASE("Kernels are lines between neighbouring offsets and dots alone between others",
          "[figures]") {
  auto probe = synthetic_probe({.lags = 68});
  CHECK_THAT(text_of(svg_of("kernel", {probe})), !Contains("Beyond offset"));
  auto& lags = probe.file.variables.at("lag").values;
  for (size_t i = 64; i < 68; ++i) lags[i] = std::array{73, 84, 97, 111}[i - 64];
  const auto svg = svg_of("kernel", {probe}, {.layer = 1});
  const auto dots = marks_of(svg, "circle", "kernel");
  REQUIRE(dots.size() == 68);
  const double last = number_of(dots[63], "cx");
  static const std::regex line(R"re(<polyline fill="none" points="([^"]*)"[^>]*>)re");
  size_t curves = 0;
  for (auto i = std::sregex_iterator(svg.begin(), svg.end(), line); i != std::sregex_iterator();
       ++i) {
    const std::string points = (*i)[1];
    if (std::ranges::count(points, ',') <= 2) continue;  // axes and grids
    CHECK(std::ranges::count(points, ',') == 64);
    CHECK(std::stod(points.substr(points.rfind(' '))) == Approx(last).margin(0.02));
    ++curves;
  }
  CHECK(curves == 6 + 1);  // heads and their mean
  CHECK(count_of(svg, "<circle ") == 68 + 6 * 4);
  CHECK_THAT(text_of(svg), Contains("Beyond offset 63 values are known at the dots only"));
}
