// test_probe_figures.cpp: the figures of a probe file, read back from their SVG, and what must be
// refused.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using test::marks_of;
using test::svg_of;
using test::synthetic_probe;
using test::values_of;

TEST_CASE("Every figure is drawn from a whole file, the same bytes twice", "[figures]") {
  const auto probe = synthetic_probe({.encoding = "pope", .step = 100});
  const auto later = synthetic_probe({.encoding = "pope", .step = 200});
  for (const auto& row : figures()) {
    INFO(row.name);
    const auto once = svg_of(row.name, {probe, later});
    CHECK(once == svg_of(row.name, {probe, later}));
    CHECK_THAT(once, Contains("pope"));
  }
}

TEST_CASE("One layer, head, frequency, offset, band and text are enough to draw", "[figures]") {
  auto shape = test::SyntheticProbe{.encoding = "pope", .layers = 1, .heads = 1, .key_heads = 1};
  shape.frequencies = shape.texts = shape.lags = shape.bands = 1;
  shape.step = 0;
  const auto probe = synthetic_probe(shape);
  shape.step = 1;
  const auto later = synthetic_probe(shape);
  for (const auto& row : figures()) {
    INFO(row.name);
    CHECK_NOTHROW(svg_of(row.name, {probe, later}));
  }
}

TEST_CASE("A file without a variable is refused with the command that writes it", "[figures]") {
  for (const auto& row : figures()) {
    for (const auto& name : row.needs) {
      auto probe = synthetic_probe({.encoding = "pope", .step = 100});
      probe.file.variables.erase(name);
      probe.file.strings.erase(name);
      const auto sentence = test::refusal([&] { svg_of(row.name, {probe}); });
      INFO(sentence);
      if (name == "theta") {  // a probe leaves it out where there is none
        CHECK_THAT(sentence, Contains("a.h5: its model has no freq") && Contains(row.name));
        continue;
      }
      CHECK_THAT(sentence, Contains("a.h5: ") && Contains("'" + name + "'"));
      CHECK_THAT(sentence, Contains(row.writer) && Contains(row.name));
    }
  }
}

TEST_CASE("A variable that does not fit the others is refused", "[figures]") {
  auto probe = synthetic_probe();
  auto& share = probe.file.variables.at("metrics/share_what");
  share.shape = {2, 3, 8};
  CHECK_THAT(test::refusal([&] { svg_of("quadrature", {probe}); }),
             Contains("'metrics/share_what' has 3 along 'layer' where others have 4"));
}

TEST_CASE("Options that a figure does not heed are refused", "[figures]") {
  const auto probe = synthetic_probe();
  CHECK_THAT(test::refusal([&] { svg_of("quadrature", {probe}, {.layer = 1}); }),
             Contains("'quadrature' does not take --layer"));
  CHECK_THAT(test::refusal([&] { svg_of("usage", {probe}, {.head = 1}); }), Contains("--head"));
  CHECK_THAT(test::refusal([&] { svg_of("quadrature", {probe}, {.axis = AxisKind::index}); }),
             Contains("--axis"));
  CHECK_THAT(test::refusal([&] { svg_of("usage-heads", {probe}, {.layer = 4}); }),
             Contains("a.h5: there is no layer 4; its layers are 0 to 3"));
}

TEST_CASE("The quadrature map shows the longest range and marks the largest part", "[figures]") {
  const auto probe = synthetic_probe();
  const auto cells = marks_of(svg_of("quadrature", {probe}), "rect", "quadrature");
  REQUIRE(cells.size() == 4 * 6);
  const std::array names = {"where", "what", "inphase", "quadrature"};
  for (const auto& cell : cells) {
    const size_t at = 24 + std::stoul(cell.at("layer")) * 6 + std::stoul(cell.at("head"));
    CHECK(std::stod(cell.at("value")) ==
          Approx(values_of(probe, "metrics/share_quadrature")[at]).epsilon(1e-8));
    std::string largest;
    double most = -1;
    for (const std::string name : names) {
      const double share = values_of(probe, "metrics/share_" + name)[at];
      if (share > most) largest = name == "inphase" ? "in-phase" : name;
      most = std::max(most, share);
    }
    CHECK(cell.at("type") == largest);
  }
}

TEST_CASE("A head without a value is grey and has no mark", "[figures]") {
  auto probe = synthetic_probe();
  for (auto& [name, array] : probe.file.variables) {
    if (name.starts_with("metrics/share_")) array.values[24] = std::nan("");
  }
  const auto cells = marks_of(svg_of("quadrature", {probe}), "rect", "quadrature");
  CHECK(cells.at(0).at("value") == "NaN");
  CHECK(cells.at(0).at("type") == "none");
  CHECK(cells.at(0).at("fill") == "#bdbdbd");
}

TEST_CASE("Layers' shares carry their values, controls their names", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("quadrature", {probe});
  for (const double value : values_of(probe, "quadrature_share")) {
    CHECK_THAT(svg, Contains(fmt::format("data-value=\"{:.9g}\"", value)));
  }
  CHECK_THAT(svg, Contains(">init</text>") && Contains(">words</text>"));
}

TEST_CASE("One layer by head: query heads left, key heads as high as those that read them",
          "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("usage-heads", {probe}, {.layer = 2});
  const auto queries = marks_of(svg, "rect", "query"), keys = marks_of(svg, "rect", "key");
  REQUIRE(queries.size() == 6 * 8);
  REQUIRE(keys.size() == 2 * 8);
  for (const auto& cell : queries) {
    const size_t at = (2 * 6 + std::stoul(cell.at("head"))) * 8 + std::stoul(cell.at("frequency"));
    CHECK(std::stod(cell.at("value")) ==
          Approx(values_of(probe, "per_head/query_norm_mean")[at]).epsilon(1e-8));
  }
  for (const auto& cell : keys) {
    const size_t at =
        (2 * 2 + std::stoul(cell.at("key-head"))) * 8 + std::stoul(cell.at("frequency"));
    CHECK(std::stod(cell.at("value")) ==
          Approx(values_of(probe, "per_head/key_norm_mean")[at]).epsilon(1e-8));
    CHECK(std::stod(cell.at("height")) == Approx(3 * std::stod(queries[0].at("height"))));
  }
}

TEST_CASE("The critical band stands at 2 pi / 3.65721 training lengths", "[figures]") {
  const auto svg = svg_of("usage", {synthetic_probe()});
  CHECK_THAT(svg, Contains(">critical band 880</text>") && Contains(">training length 512</text>"));
}

TEST_CASE("Separate logarithmic scales give each map both ends of the colours", "[figures]") {
  const auto svg = svg_of("usage", {synthetic_probe()}, {.scale = colour_sharing("separate-log")});
  for (const auto* map : {"query", "key"}) {
    const auto cells = marks_of(svg, "rect", map);
    for (const auto* end : {"#440154", "#fde725"}) {
      CHECK(std::ranges::any_of(cells, [&](const auto& c) { return c.at("fill") == end; }));
    }
  }
}

TEST_CASE("Every loss that was measured is a bar, with its controls beside it", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("ablation", {probe});
  const auto bars = marks_of(svg, "rect", "delta-loss");
  // totals; bands; heads of the two interventions that were run on them
  REQUIRE(bars.size() == 3 + 3 * 4 * 4 + 2 * 4 * 6);
  CHECK(bars[1].at("intervention") == "derotate");
  CHECK(bars[1].at("layer") == "all");
  CHECK(std::stod(bars[1].at("value")) == 3.1);
  CHECK(marks_of(svg, "rect", "random").size() == 3 * 4 * 4);
  CHECK(marks_of(svg, "rect", "matched").size() == 3 * 4 * 4);
  CHECK_THAT(svg, Contains(">6.3\u201340</text>"));  // 2 pi 10000^(0 .. .2)
}

TEST_CASE("Bars stand on zero, up where the loss grows and down where it falls", "[figures]") {
  const auto bars =
      marks_of(svg_of("ablation", {synthetic_probe()}, {.layer = 2}), "rect", "random");
  REQUIRE(bars.size() == 3 * 4);
  const auto edge = [](const test::Mark& bar, bool lower) {
    return std::stod(bar.at("y")) + (lower ? std::stod(bar.at("height")) : 0);
  };
  double zero = -1;
  for (const auto& bar : bars) {
    CHECK(bar.at("layer") == "2");
    const double base = edge(bar, std::stod(bar.at("value")) > 0);
    if (zero < 0) zero = base;
    CHECK(base == Approx(zero).margin(0.02));
  }
}

TEST_CASE("An ablation figure of nothing, or on a logarithmic scale, is refused", "[figures]") {
  auto probe = synthetic_probe();
  CHECK_THAT(test::refusal([&] { svg_of("ablation", {probe}, {.layer = 9}); }),
             Contains("no loss was measured with an intervention in layer 9"));
  CHECK_THAT(test::refusal([&] { svg_of("ablation", {probe}, {.scale = ColourSharing::log}); }),
             Contains("does not take a logarithmic --scale"));
  for (const auto* name : {"total_delta_loss", "delta_loss", "delta_loss_head"}) {
    probe.file.variables.erase(std::string("ablation/") + name);
  }
  CHECK_THAT(test::refusal([&] { svg_of("ablation", {probe}); }), Contains("no loss was measured"));
}

TEST_CASE("A layer's kernel is the mean over heads about its own mean", "[figures]") {
  const auto probe = synthetic_probe();
  const auto dots = marks_of(svg_of("kernel", {probe}), "circle", "kernel");
  REQUIRE(dots.size() == 4 * 64);
  const auto& values = values_of(probe, "metrics/kernel");
  for (size_t l = 0; l < 4; ++l) {
    double mean = 0;  // over heads and lags
    for (size_t i = 0; i < 6 * 64; ++i) mean += values[l * 6 * 64 + i] / (6 * 64);
    for (size_t lag : {0, 1, 63}) {
      double expected = -mean;
      for (size_t h = 0; h < 6; ++h) expected += values[(l * 6 + h) * 64 + lag] / 6;
      CHECK(std::stod(dots[l * 64 + lag].at("value")) == Approx(expected).margin(1e-7));
    }
  }
}

TEST_CASE("One head's kernel stands over the attention that it pays", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("kernel", {probe}, {.layer = 1, .head = 5});
  CHECK(marks_of(svg, "circle", "kernel").size() == 64);
  const auto dots = marks_of(svg, "circle", "slash");
  REQUIRE(dots.size() == 64);
  for (size_t lag = 0; lag < 64; ++lag) {
    CHECK(std::stod(dots[lag].at("value")) ==
          Approx(values_of(probe, "metrics/slash")[(6 + 5) * 64 + lag]).epsilon(1e-7));
    if (lag > 0) CHECK(std::stod(dots[lag].at("cx")) > std::stod(dots[lag - 1].at("cx")));
  }
  CHECK_THAT(svg, Contains("layer 1, head 5"));
  CHECK_THAT(test::refusal([&] { svg_of("kernel", {probe}, {.head = 6}); }),
             Contains("there is no head 6; its heads are 0 to 5"));
}

TEST_CASE("Kernels of several files share a panel", "[figures]") {
  const auto one = synthetic_probe(), other = synthetic_probe({.encoding = "pope", .layers = 5});
  const auto svg = svg_of("kernel", {one, other});
  CHECK(marks_of(svg, "circle", "kernel").size() == (4 + 5) * 64);
  CHECK_THAT(svg, Contains(">tiny (rope)</text>") && Contains(">tiny (pope)</text>"));
}

TEST_CASE("Phases have a cell a layer, key head and frequency; both ends are white", "[figures]") {
  auto probe = synthetic_probe({.encoding = "pope"});
  auto& delta = probe.file.variables.at("per_head/pope_delta").values;
  delta[0] = 0;
  delta[1] = -2 * std::numbers::pi;
  delta[2] = -std::numbers::pi / 2;
  delta[3] = std::nan("");
  const auto cells = marks_of(svg_of("delta", {probe}), "rect", "delta");
  REQUIRE(cells.size() == 4 * 2 * 8);
  CHECK(cells[0].at("fill") == "#f7f7f7");
  CHECK(cells[1].at("fill") == "#f7f7f7");
  CHECK(cells[2].at("fill") == "#4393c3");
  CHECK(cells[3].at("fill") == "#bdbdbd");
  for (const auto& cell : cells) {
    const size_t at = (std::stoul(cell.at("layer")) * 2 + std::stoul(cell.at("key-head"))) * 8 +
                      std::stoul(cell.at("frequency"));
    if (at != 3) CHECK(std::stod(cell.at("value")) == Approx(delta[at]).epsilon(1e-7));
  }
  CHECK(marks_of(svg_of("delta", {probe}, {.layer = 3}), "rect", "delta").size() == 2 * 8);
  for (auto& phase : delta) phase /= 100;
  const auto own =
      marks_of(svg_of("delta", {probe}, {.scale = ColourSharing::separate}), "rect", "delta");
  CHECK(own[0].at("fill") == "#f7f7f7");
  CHECK(own[1].at("fill") == "#053061");
  CHECK_THAT(test::refusal([&] { svg_of("delta", {synthetic_probe()}); }),
             Contains("no variable 'per_head/pope_delta'"));
}

TEST_CASE("The map of losses is white at 0, has the largest at an end and hatches the unsure",
          "[figures]") {
  auto probe = synthetic_probe();
  auto& losses = probe.file.variables.at("ablation/delta_loss").values;
  auto& low = probe.file.variables.at("ablation/delta_loss_ci_low").values;
  losses[0] = 0;
  losses[1] = 2;
  low[1] = 1;
  losses[2] = std::nan("");
  const auto cells = marks_of(svg_of("ablation-map", {probe}), "rect", "delta-loss");
  REQUIRE(cells.size() == 3 * 4 * 4);
  CHECK(cells[0].at("fill") == "#f7f7f7");
  CHECK(cells[1].at("fill") == "#67001f");
  CHECK(cells[1].at("unsure") == "no");
  CHECK(cells[2].at("fill") == "#bdbdbd");
  const auto& high = values_of(probe, "ablation/delta_loss_ci_high");
  for (size_t i = 3; i < cells.size(); ++i) {
    CHECK(std::stod(cells[i].at("value")) == Approx(losses[i]).epsilon(1e-7));
    CHECK(cells[i].at("unsure") == (low[i] <= 0 && high[i] >= 0 ? "yes" : "no"));
  }
}
