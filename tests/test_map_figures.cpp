// test_map_figures.cpp: the figures made of rows of maps, layer by frequency, read back from their
// SVG.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

double value_of(const Mark& mark) { return std::stod(mark.at("value")); }

/// Cells of one file of 4 layers, 6 heads, 8 frequencies: each the mean over heads of the variable.
void check_head_means(const std::vector<Mark>& cells, const std::vector<double>& values) {
  REQUIRE(cells.size() == 4 * 8);
  for (const auto& cell : cells) {
    double mean = 0;
    for (size_t h = 0; h < 6; ++h) {
      mean += values[(std::stoul(cell.at("layer")) * 6 + h) * 8 + std::stoul(cell.at("frequency"))];
    }
    CHECK(value_of(cell) == Approx(mean / 6).epsilon(1e-7));
  }
}

bool has_fill(const std::vector<Mark>& cells, const std::string& fill) {
  return std::ranges::any_of(cells, [&](const auto& cell) { return cell.at("fill") == fill; });
}

}  // namespace

TEST_CASE("The product has the file's value in each cell, and a profile beneath", "[figures]") {
  auto probe = synthetic_probe();
  probe.file.variables.at("usage_product").values[9] = std::nan("");
  const auto& values = values_of(probe, "usage_product");
  const auto svg = svg_of("product", {probe});
  const auto cells = marks_of(svg, "rect", "product");
  REQUIRE(cells.size() == 4 * 8);
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i != 9) CHECK(value_of(cells[i]) == Approx(values[i]).epsilon(1e-7));
  }
  CHECK(cells[9].at("fill") == "#bdbdbd");
  CHECK(cells[0].at("fill") == "#440154");
  CHECK(cells[31].at("fill") == "#fde725");
  const auto profile = marks_of(svg, "circle", "profile");
  REQUIRE(profile.size() == 8);
  CHECK(value_of(profile[0]) == Approx((1 + 1.1 + 1.2 + 1.3) / 4));
  CHECK_THAT(text_of(svg), Contains("Grey: no value"));
  CHECK_THAT(svg, Contains(">training length 512</text>"));
}

TEST_CASE("The product of one layer pairs each query head with the key head it reads",
          "[figures]") {
  const auto probe = synthetic_probe();
  const auto cells = marks_of(svg_of("product", {probe}, {.layer = 2}), "rect", "product");
  REQUIRE(cells.size() == 6 * 8);
  for (const auto& cell : cells) {
    const size_t h = std::stoul(cell.at("head")), f = std::stoul(cell.at("frequency"));
    const double query = values_of(probe, "per_head/query_norm_mean")[(2 * 6 + h) * 8 + f];
    const double key = values_of(probe, "per_head/key_norm_mean")[(2 * 2 + h / 3) * 8 + f];
    CHECK(value_of(cell) == Approx(std::sqrt(query * key)).epsilon(1e-7));
  }
}

TEST_CASE("Shares of the variance are white at 0 and as blue below as red above", "[figures]") {
  auto probe = synthetic_probe();
  auto& shares = probe.file.variables.at("metrics/covariance_share").values;
  for (size_t h = 0; h < 6; ++h) {
    shares[h * 8] = 0;  // layer 0, frequency 0
    shares[h * 8 + 1] = -0.9;
    shares[h * 8 + 2] = 0.9;
  }
  const auto cells = marks_of(svg_of("contribution", {probe}), "rect", "covariance-share");
  check_head_means(cells, shares);
  CHECK(cells[0].at("fill") == "#f7f7f7");
  CHECK(cells[1].at("fill") == "#053061");
  CHECK(cells[2].at("fill") == "#67001f");
}

TEST_CASE("Fisher importances have a logarithmic scale of their own", "[figures]") {
  const auto probe = synthetic_probe();
  const auto cells = marks_of(svg_of("contribution", {probe}), "rect", "fisher");
  check_head_means(cells, values_of(probe, "metrics/fisher"));
  CHECK(has_fill(cells, "#440154"));
  CHECK(has_fill(cells, "#fde725"));
  // 10^-2.8 of a scale from 10^-3.1 to 1 (times the heads' mean): 0.3 / 3.1 of the way
  CHECK(cells[7].at("fill") == "#472373");
  CHECK(marks_of(svg_of("contribution", {probe}, {.layer = 3}), "rect", "fisher").size() == 6 * 8);
}

TEST_CASE("Maps of files with other frequencies share colours and are told apart", "[figures]") {
  const auto one = synthetic_probe(),
             other = synthetic_probe({.encoding = "pope", .layers = 2, .frequencies = 16});
  const auto svg = svg_of("contribution", {one, other});
  const auto cells = marks_of(svg, "rect", "fisher");
  CHECK(cells.size() == 4 * 8 + 2 * 16);
  CHECK_THAT(svg, Contains(">tiny (rope)</text>") && Contains(">tiny (pope)</text>"));
  CHECK_THAT(svg, Contains("wavelength (tokens)"));
  CHECK(cells[0].at("fill") == cells[32].at("fill"));  // both (0, 0): the same value
  const auto own = svg_of("contribution", {one, other}, {.scale = ColourSharing::separate});
  CHECK_THAT(own, Contains("Each file has its own colour scale"));
}

TEST_CASE("Each frequency's part of Q stands beside its phase concentration", "[figures]") {
  auto probe = synthetic_probe();
  probe.file.variables.at("metrics/resultant").values.assign(4 * 6 * 8, 1);
  const auto svg = svg_of("quadrature", {probe});
  check_head_means(marks_of(svg, "rect", "quadrature-part"),
                   values_of(probe, "metrics/quadrature_part"));
  const auto concentrated = marks_of(svg, "rect", "resultant");
  check_head_means(concentrated, values_of(probe, "metrics/resultant"));
  // from 0 to 1 whatever the values
  for (const auto& cell : concentrated) CHECK(cell.at("fill") == "#fde725");
  probe.file.variables.erase("metrics/resultant");
  const auto without = svg_of("quadrature", {probe});
  CHECK(marks_of(without, "rect", "quadrature-part").empty());
  CHECK(marks_of(without, "rect", "quadrature").size() == 4 * 6);
}

TEST_CASE("Q of each layer stands over the ranges, higher where it is larger", "[figures]") {
  auto probe = synthetic_probe();
  const auto& shares = values_of(probe, "metrics/share_quadrature");
  const auto dots = marks_of(svg_of("quadrature", {probe}), "circle", "range");
  REQUIRE(dots.size() == 4 * 2);
  for (size_t l = 0; l < 4; ++l) {
    for (size_t o = 0; o < 2; ++o) {
      const auto& dot = dots[l * 2 + o];
      double mean = 0;
      for (size_t h = 0; h < 6; ++h) mean += shares[(o * 4 + l) * 6 + h] / 6;
      CHECK(dot.at("layer") == fmt::format("{}", l));
      CHECK(dot.at("range") == (o == 0 ? "16" : "128"));
      CHECK(value_of(dot) == Approx(mean).epsilon(1e-7));
    }
    CHECK(std::stod(dots[l * 2].at("cx")) < std::stod(dots[l * 2 + 1].at("cx")));
    CHECK(std::stod(dots[l * 2].at("cy")) > std::stod(dots[l * 2 + 1].at("cy")));
  }
  probe.file.variables.erase("offset_range");
  CHECK(marks_of(svg_of("quadrature", {probe}), "circle", "range").empty());
}
