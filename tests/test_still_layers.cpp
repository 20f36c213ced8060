// test_still_layers.cpp: figures tell layers without rotation (NoPE) from the others, and set
// frequencies of theta = 0 apart.

#include <algorithm>
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

constexpr auto kNaN = std::numeric_limits<double>::quiet_NaN();

/// 4 layers of 6 heads and 8 frequencies; of `still` none turns.
NamedProbe probe_with(const std::vector<size_t>& still) {
  auto probe = synthetic_probe();
  auto& variables = probe.file.variables;
  variables["pe_enabled"] = {{"layer"}, {4}, {1, 1, 1, 1}};
  for (const size_t l : still) {
    variables["pe_enabled"].values[l] = 0;
    for (size_t f = 0; f < 8; ++f) {
      variables["theta"].values[l * 8 + f] = 0;
      variables["wavelength"].values[l * 8 + f] = std::numeric_limits<double>::infinity();
      for (size_t h = 0; h < 6; ++h) {
        variables["metrics/preferred_offset"].values[(l * 6 + h) * 8 + f] = kNaN;
        variables["metrics/offset_spread"].values[(l * 6 + h) * 8 + f] = kNaN;
      }
    }
  }
  return probe;
}

size_t hatches(const std::string& svg) { return count_of(svg, "stroke-opacity=\"0.7\""); }

/// White discs on discs.
size_t rings(const std::string& svg, const std::string& radius) {
  return count_of(svg, "r=\"" + radius + "\" fill=\"#ffffff\"");
}

}  // namespace

TEST_CASE("Layers without rotation are hatched", "[figures]") {
  for (const auto* figure :
       {"usage", "product", "contribution", "heads", "triangle", "length", "quadrature"}) {
    INFO(figure);
    const auto none = svg_of(figure, {probe_with({})});
    CHECK(hatches(none) == 0);
    CHECK_THAT(text_of(none), !Contains("without rotation"));
    const auto one = svg_of(figure, {probe_with({1})});
    CHECK(hatches(one) > 0);
    CHECK(hatches(svg_of(figure, {probe_with({1, 2})})) == 2 * hatches(one));
    CHECK_THAT(text_of(one), Contains("without rotation"));
  }
}

TEST_CASE("Heads of layers without rotation are rings", "[figures]") {
  const auto swaps = svg_of("heads", {probe_with({1})});
  CHECK(rings(swaps, "1.7") == 6);
  CHECK(rings(svg_of("heads", {probe_with({})}), "1.7") == 0);
  const auto rims = [](const std::vector<size_t>& still, FigureOptions options) {
    return count_of(svg_of("triangle", {probe_with(still)}, options), "fill=\"#ffffff\"");
  };
  CHECK(rims({1, 2}, {}) == rims({}, {}) + 2 * 6);
  CHECK(rims({1, 2}, {.layer = 2}) == rims({}, {.layer = 2}) + 6);
  CHECK(rims({1, 2}, {.layer = 3}) == rims({}, {.layer = 3}));
}

TEST_CASE("Where theta is 0 the offset figure has a hatched strip and no dots", "[figures]") {
  CHECK(hatches(svg_of("offset", {probe_with({})})) == 0);
  const auto svg = svg_of("offset", {probe_with({1, 3})});
  const auto strips = marks_of(svg, "rect", "still");
  REQUIRE(strips.size() == 1);
  CHECK(strips[0].at("value") == "96");  // 2 layers, 6 heads, 8 frequencies
  CHECK(hatches(svg) > 0);
  const auto dots = marks_of(svg, "circle", "offset");
  CHECK(dots.size() == 2 * 6 * 8);
  for (const auto& dot : dots) CHECK(number_of(dot, "cx") < number_of(strips[0], "x") - 5);
  CHECK_THAT(text_of(svg), Contains("layers without rotation: 1, 3."));
  CHECK(marks_of(svg_of("offset", {probe_with({1, 3})}, {.layer = 1}), "circle", "offset").empty());
}

TEST_CASE("A layer that turns nothing leaves the others most of the width", "[figures]") {
  const auto bars = marks_of(svg_of("length", {probe_with({1})}), "rect", "weight");
  REQUIRE(bars.size() == 4 * 8);
  const auto right = [&](size_t i) {
    return number_of(bars[i], "x") + number_of(bars[i], "width");
  };
  const double strip = right(15) - number_of(bars[8], "x");
  const double main = right(7) - number_of(bars[0], "x");
  CHECK(strip < 0.25 * main);
  CHECK(strip > 0.1 * main);
}

TEST_CASE("The heads figure says which file has no swapped blocks", "[figures]") {
  auto probe = probe_with({});
  CHECK_THAT(text_of(svg_of("heads", {probe})), !Contains("no s_pos"));
  probe.file.variables.erase("metrics/s_pos");
  CHECK_THAT(text_of(svg_of("heads", {probe})),
             Contains("no s_pos and s_sym in the file of tiny (rope)"));
}
