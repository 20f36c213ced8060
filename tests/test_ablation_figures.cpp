// test_ablation_figures.cpp: what interventions cost in models of many layers, read back from the
// SVG: a row of panels an intervention, with the layers' rows of one height.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <regex>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using test::count_of;
using test::Mark;
using test::marks_of;
using test::number_of;
using test::svg_of;
using test::synthetic_probe;
using test::values_of;

static const std::vector<std::string> kNames = {"zero", "derotate", "unshift"};

static size_t intervention_of(const Mark& mark) {
  return static_cast<size_t>(std::ranges::find(kNames, mark.at("intervention")) - kNames.begin());
}

/// Each mark has the file's value at its intervention, layer and column.
static void check_values(const std::vector<Mark>& marks,
                         const Array& array,
                         const std::string& column) {
  for (const auto& mark : marks) {
    const size_t row = intervention_of(mark) * array.shape[1] + std::stoul(mark.at("layer"));
    const size_t at = row * array.shape[2] + (column.empty() ? 0 : std::stoul(mark.at(column)));
    CHECK(number_of(mark, "value") == Approx(array.values[at]).epsilon(1e-7));
  }
}

static Mark mark_at(const std::vector<Mark>& marks,
                    const std::string& intervention,
                    const std::string& layer,
                    const std::string& key = "intervention",
                    const std::string& value = {}) {
  const auto found = std::ranges::find_if(marks, [&](const auto& mark) {
    return mark.at("intervention") == intervention && mark.at("layer") == layer &&
           (value.empty() || mark.at(key) == value);
  });
  REQUIRE(found != marks.end());
  return *found;
}

/// Lines from point to point: x, y, x, y.
static std::vector<std::array<double, 4>> segments(const std::string& svg) {
  static const std::regex two(R"re(points="([-0-9.]+),([-0-9.]+) ([-0-9.]+),([-0-9.]+)")re");
  std::vector<std::array<double, 4>> all;
  for (auto i = std::sregex_iterator(svg.begin(), svg.end(), two); i != std::sregex_iterator();
       ++i) {
    all.push_back({std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3]), std::stod((*i)[4])});
  }
  return all;
}

TEST_CASE("Losses of more than six layers are maps by band, of controls and by head", "[figures]") {
  const auto probe = synthetic_probe({.layers = 7});
  const auto svg = svg_of("ablation", {probe});
  const auto totals = marks_of(svg, "rect", "delta-loss");
  REQUIRE(totals.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(totals[i].at("layer") == "all");
    CHECK(number_of(totals[i], "value") == values_of(probe, "ablation/total_delta_loss")[i]);
  }
  for (const std::string what : {"band-loss", "random", "matched"}) {
    INFO(what);
    const auto cells = marks_of(svg, "rect", what);
    REQUIRE(cells.size() == 3 * 7 * 4);
    const auto name = what == "band-loss" ? "delta_loss" : "delta_loss_" + what;
    check_values(cells, probe.file.variables.at("ablation/" + name), "band");
  }
  const auto heads = marks_of(svg, "rect", "head-loss");
  REQUIRE(heads.size() == 2 * 7 * 6);  // of derotate none was measured
  check_values(heads, probe.file.variables.at("ablation/delta_loss_head"), "head");
  CHECK(count_of(svg, "class=\"colour-bar\"") == 3);
  CHECK_THAT(test::text_of(svg), Contains("--layer draws one layer in detail."));
}

TEST_CASE("Up to six layers, or one that is asked for, are drawn in detail", "[figures]") {
  const auto panels = [](const NamedProbe& probe, const FigureOptions& options) {
    return marks_of(svg_of("ablation", {probe}, options), "rect", "delta-loss").size();
  };
  CHECK(panels(synthetic_probe({.layers = 6}), {}) == 3 + 6 * (3 * 4 + 2 * 6));
  auto many = synthetic_probe({.layers = 9});
  CHECK(panels(many, {}) == 3);
  CHECK(panels(many, {.layer = 8}) == 3 * 4 + 2 * 6);
  for (const auto* name : {"delta_loss", "delta_loss_head"}) {  // three of nine were not run
    auto& array = many.file.variables.at(std::string("ablation/") + name);
    for (size_t i = 0; i < array.values.size(); ++i) {
      const size_t layer = i / array.shape[2] % array.shape[1];
      if (layer % 3 == 1) array.values[i] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  CHECK(panels(many, {}) == 3 + 6 * (3 * 4 + 2 * 6));
}

TEST_CASE("With one band a layer is a bar from zero, in one row with its heads", "[figures]") {
  const auto probe = synthetic_probe({.layers = 12, .bands = 1});
  const auto svg = svg_of("ablation", {probe});
  auto bars = marks_of(svg, "rect", "delta-loss");
  REQUIRE(bars.size() == 3 + 3 * 12);
  bars.erase(bars.begin(), bars.begin() + 3);  // of all layers
  check_values(bars, probe.file.variables.at("ablation/delta_loss"), "");
  CHECK(marks_of(svg, "rect", "band-loss").empty());
  const auto heads = marks_of(svg, "rect", "head-loss");
  const auto random = marks_of(svg, "rect", "random"), matched = marks_of(svg, "rect", "matched");
  REQUIRE(random.size() == 3 * 12);
  REQUIRE(matched.size() == 3 * 12);
  double zero = 0;
  for (size_t i = 0; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    const bool grows = number_of(bar, "value") > 0;
    const double base = number_of(bar, "x") + (grows ? 0 : number_of(bar, "width"));
    if (i % 12 == 0) zero = base;  // of each intervention
    CHECK(base == Approx(zero).margin(0.02));
    CHECK(number_of(random[i], "width") == Approx(0.4 * number_of(bar, "width")).margin(0.03));
    CHECK(number_of(matched[i], "width") == Approx(0.6 * number_of(bar, "width")).margin(0.03));
    if (bar.at("intervention") == "derotate") continue;  // which was not run on heads
    const auto cell = mark_at(heads, bar.at("intervention"), bar.at("layer"));
    CHECK(number_of(bar, "y") >= number_of(cell, "y"));
    CHECK(number_of(matched[i], "y") + number_of(matched[i], "height") <=
          number_of(cell, "y") + number_of(cell, "height"));
  }
}

TEST_CASE("A layer's whisker spans its interval on the axis of the bars", "[figures]") {
  const auto probe = synthetic_probe({.layers = 7, .bands = 1});
  const auto svg = svg_of("ablation", {probe});
  const auto bars = marks_of(svg, "rect", "delta-loss");
  const auto& values = values_of(probe, "ablation/delta_loss");
  for (size_t i = 0; i < 7; ++i) {  // of zero, after the three of all layers
    const auto& bar = bars.at(3 + i);
    const double pixels = number_of(bar, "width") / std::abs(values[i]);
    const double zero = number_of(bar, "x") + (values[i] > 0 ? 0 : number_of(bar, "width"));
    const double middle = number_of(bar, "y") + number_of(bar, "height") / 2;
    size_t found = 0;
    for (const auto& [x0, y0, x1, y1] : segments(svg)) {
      if (y0 != y1 || std::abs(y0 - middle) > 0.02) continue;
      const double low = (x0 - zero) / pixels, high = (x1 - zero) / pixels;
      found += std::abs(low - values[i] + 0.03) < 2e-4 && std::abs(high - values[i] - 0.04) < 2e-4;
    }
    CHECK(found == 1);
  }
}

TEST_CASE("One scale of colours for an intervention in all files, white at no loss", "[figures]") {
  auto one = synthetic_probe({.layers = 7}), other = synthetic_probe({.layers = 8});
  for (auto* probe : {&one, &other}) {
    for (auto& value : probe->file.variables.at("ablation/delta_loss").values) value /= 100;
  }
  one.file.variables.at("ablation/delta_loss").values[0] = 0;
  one.file.variables.at("ablation/delta_loss").values[1] = -0.04;
  one.file.variables.at("ablation/delta_loss_head").values[1] = -0.04;
  other.file.variables.at("ablation/delta_loss").values[1] = -0.04;
  const auto fill = [](const std::vector<Mark>& cells, size_t i) { return cells.at(i).at("fill"); };
  const auto cells_of = [&](const std::string& what, ColourSharing scale) {
    return marks_of(svg_of("ablation", {one, other}, {.scale = scale}), "rect", what);
  };
  const auto bands = cells_of("band-loss", ColourSharing::linear);
  CHECK(fill(bands, 0) == "#f7f7f7");
  CHECK(fill(bands, 1) == fill(cells_of("head-loss", ColourSharing::linear), 1));
  CHECK(fill(bands, 1) == fill(bands, 3 * 7 * 4 + 1));
  CHECK(fill(bands, 1) != "#053061");  // a control of 0.2 is the largest
  CHECK(fill(cells_of("band-loss", ColourSharing::separate), 1) == "#053061");
}

TEST_CASE("Cells of an interval that holds 0 are hatched, those not run grey", "[figures]") {
  auto probe = synthetic_probe({.layers = 7});
  CHECK_THAT(test::text_of(svg_of("ablation", {probe})), !Contains("not run"));
  auto& losses = probe.file.variables.at("ablation/delta_loss").values;
  for (size_t i = 4; i < 8; ++i) losses[i] = std::numeric_limits<double>::quiet_NaN();  // layer 1
  const auto svg = svg_of("ablation", {probe});
  const auto cells = marks_of(svg, "rect", "band-loss");
  const auto &low = values_of(probe, "ablation/delta_loss_ci_low"),
             &high = values_of(probe, "ablation/delta_loss_ci_high");
  for (const auto& cell : cells) {
    const size_t at = (intervention_of(cell) * 7 + std::stoul(cell.at("layer"))) * 4 +
                      std::stoul(cell.at("band"));
    CHECK((cell.at("fill") == "#bdbdbd") == std::isnan(losses[at]));
    CHECK(cell.at("unsure") ==
          (low[at] <= 0 && high[at] >= 0 && !std::isnan(losses[at]) ? "yes" : "no"));
  }
  CHECK_THAT(test::text_of(svg),
             Contains("Hatched: the interval contains 0.") && Contains("not run"));
}

TEST_CASE("A file whose losses are of other layers by band than by head is refused", "[figures]") {
  auto probe = synthetic_probe({.layers = 9});
  auto& heads = probe.file.variables.at("ablation/delta_loss_head");
  heads.shape[1] = 8;
  heads.values.resize(3 * 8 * 6);
  CHECK_THAT(test::refusal([&] { svg_of("ablation", {probe}); }),
             Contains("a.h5: ") && Contains("9 layers") && Contains("of 8"));
}
