// test_usage_figure.cpp: the usage figure, read back from its SVG.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <regex>

#include "plots/svg.hpp"
#include "plots/usage.hpp"
#include "tests/catch.hpp"

using namespace ww;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// F frequencies base^(-f/F) in each of L layers, the last `zeros` of them 0; values are all
/// different, queries 1.0, 1.1, .., keys 0.05 higher.
NamedProbe probe_of(size_t L, size_t F, size_t zeros = 0) {
  const Array empty{{"layer", "frequency"}, {L, F}, {}};
  auto theta = empty, query = empty, key = empty;
  for (size_t i = 0; i < L * F; ++i) {
    const auto f = static_cast<double>(i % F);
    theta.values.push_back(i % F + zeros >= F ? 0 : std::pow(10000.0, -f / static_cast<double>(F)));
    query.values.push_back(1 + 0.1 * static_cast<double>(i));
    key.values.push_back(1.05 + 0.1 * static_cast<double>(i));
  }
  NamedProbe probe{"a.h5", {}};
  probe.file.text_attributes = {{"model_id", "tiny"}, {"pe_type", "rope"}};
  probe.file.variables = {{"theta", theta}, {"query_norm_mean", query}, {"key_norm_mean", key}};
  return probe;
}

struct Cell {
  double x = 0, y = 0, width = 0, height = 0, value = 0;
  std::string fill, map;
  size_t layer = 0, frequency = 0;
};

std::vector<Cell> cells_of(const std::string& svg) {
  static const std::regex pattern(
      R"re(<rect shape-rendering="crispEdges" x="([^"]+)" y="([^"]+)" width="([^"]+)" )re"
      R"re(height="([^"]+)" fill="([^"]+)" data-map="([^"]+)" data-layer="([^"]+)" )re"
      R"re(data-frequency="([^"]+)" data-value="([^"]+)">)re");
  std::vector<Cell> cells;
  for (auto match = std::sregex_iterator(svg.begin(), svg.end(), pattern);
       match != std::sregex_iterator();
       ++match) {
    const auto& m = *match;
    cells.push_back({std::stod(m[1]),
                     std::stod(m[2]),
                     std::stod(m[3]),
                     std::stod(m[4]),
                     std::stod(m[9]),
                     m[5],
                     m[6],
                     std::stoul(m[7]),
                     std::stoul(m[8])});
  }
  return cells;
}

std::string svg_of(const std::vector<NamedProbe>& probes, const FigureOptions& options = {}) {
  return svg_document(usage_figure(probes, options));
}

bool has_text(const std::string& svg, const std::string& text) {
  return svg.find(">" + text + "</text>") != std::string::npos;
}

}  // namespace

TEST_CASE("The usage figure has a cell a layer, frequency and side with the file's value",
          "[usage]") {
  const auto probe = probe_of(5, 4);
  const auto cells = cells_of(svg_of({probe}));
  REQUIRE(cells.size() == 2 * 5 * 4);
  for (const auto& cell : cells) {
    const auto name = cell.map == "query" ? "query_norm_mean" : "key_norm_mean";
    const auto& values = probe.file.variables.at(name).values;
    CHECK(cell.value == Approx(values[cell.layer * 4 + cell.frequency]).epsilon(1e-8));
  }
}

TEST_CASE("Least and largest value get the ends of viridis, under one scale", "[usage]") {
  const auto cells = cells_of(svg_of({probe_of(5, 4)}));
  const auto by_value = [](const Cell& a, const Cell& b) { return a.value < b.value; };
  const auto least = *std::min_element(cells.begin(), cells.end(), by_value);
  const auto most = *std::max_element(cells.begin(), cells.end(), by_value);
  CHECK(least.fill == "#440154");
  CHECK(least.map == "query");
  CHECK(most.fill == "#fde725");
  CHECK(most.map == "key");
  const auto is_lowest = [](const Cell& cell) { return cell.fill == "#440154"; };
  CHECK(std::count_if(cells.begin(), cells.end(), is_lowest) == 1);
  const auto apart = cells_of(svg_of({probe_of(5, 4)}, {.scale = ColourSharing::separate}));
  CHECK(std::count_if(apart.begin(), apart.end(), is_lowest) == 2);
}

TEST_CASE("Layer 0 stands on top, frequency 0 and the queries at the left", "[usage]") {
  for (const auto& cell : cells_of(svg_of({probe_of(3, 4)}))) {
    const auto cells = cells_of(svg_of({probe_of(3, 4)}));
    for (const auto& other : cells) {
      if (cell.layer < other.layer) CHECK(cell.y < other.y);
      if (cell.map == other.map && cell.frequency < other.frequency) CHECK(cell.x < other.x);
      if (cell.map == "query" && other.map == "key") CHECK(cell.x < other.x);
    }
  }
}

TEST_CASE("The figure names its ticks, panels and model", "[usage]") {
  const auto svg = svg_of({probe_of(5, 4)});
  for (const auto* text : {"0", "1", "2", "3", "4", "layer", "Queries", "Keys", "tiny (rope)"}) {
    CHECK(has_text(svg, text));
  }
  CHECK(has_text(svg, "frequency (0 is the highest)"));
  const auto by_wavelength = svg_of({probe_of(5, 4)}, {.axis = AxisKind::wavelength});
  for (const auto* text : {"10", "100", "1,000", "wavelength (tokens)"}) {
    CHECK(has_text(by_wavelength, text));
  }
}

TEST_CASE("By wavelength equal wavelengths of two files stand one below the other", "[usage]") {
  const auto cells = cells_of(svg_of({probe_of(2, 4), probe_of(2, 8)}));  // automatic
  REQUIRE(cells.size() == 2 * 2 * (4 + 8));
  // frequency f of the first has the wavelength of frequency 2 f of the second
  const auto centre = [&](size_t from, size_t frequency) {
    const auto& cell = cells.at(from + frequency);
    return cell.x + cell.width / 2;
  };
  for (size_t f = 0; f < 4; ++f) CHECK(centre(0, f) == Approx(centre(16, 2 * f)).margin(0.02));
  const auto sentence = test::refusal([] {
    svg_of({probe_of(2, 4), probe_of(2, 8)}, {.axis = AxisKind::index});
  });
  CHECK(sentence.find("--axis wavelength") != std::string::npos);
}

TEST_CASE("Frequencies of theta 0 stand apart at the right", "[usage]") {
  for (const auto axis : {AxisKind::index, AxisKind::wavelength}) {
    const auto cells = cells_of(svg_of({probe_of(1, 8, 2)}, {.axis = axis}));
    REQUIRE(cells.size() == 16);
    CHECK(cells[6].x - (cells[5].x + cells[5].width) == Approx(7).margin(0.05));
    CHECK(cells[7].x == Approx(cells[6].x + cells[6].width).margin(0.05));
  }
}

TEST_CASE("The upper 0.5 % of many cells is clipped and the figure says so", "[usage]") {
  auto probe = probe_of(10, 32);
  probe.file.variables.at("query_norm_mean").values[5] = 1000;
  const auto svg = svg_of({probe});
  const auto cells = cells_of(svg);
  CHECK(cells.at(5).fill == "#fde725");
  CHECK(has_text(svg, "to 1e+03"));
  CHECK(svg.find("3 cells are above it") != std::string::npos);  // 640 cells: rank 637
}

TEST_CASE("A missing value is grey, a layer without positions hatched", "[usage]") {
  auto probe = probe_of(2, 4);
  probe.file.variables.at("key_norm_mean").values[3] = kNaN;
  const auto svg = svg_of({probe});
  CHECK(svg.find("fill=\"#bdbdbd\" data-map=\"key\" data-layer=\"0\" data-frequency=\"3\" "
                 "data-value=\"NaN\"") != std::string::npos);
  CHECK(svg.find("Grey: no value.") != std::string::npos);
  CHECK(svg.find("stroke-opacity=\"0.7\"") == std::string::npos);
  probe.file.variables["pe_enabled"] = {{"layer"}, {2}, {1, 0}};
  CHECK(svg_of({probe}).find("stroke-opacity=\"0.7\"") != std::string::npos);
}

TEST_CASE("Marks show the training length and the longest text", "[usage]") {
  auto probe = probe_of(2, 8);
  probe.file.integer_attributes["train_length"] = 512;
  probe.file.variables["n_tokens"] = {{"text"}, {2}, {90, 157}};
  const auto svg = svg_of({probe});
  CHECK(has_text(svg, "training length 512"));
  CHECK(has_text(svg, "longest text 157"));
  CHECK(svg.find("2 texts, 247 tokens") != std::string::npos);
}

TEST_CASE("The same file gives the same bytes", "[usage]") {
  CHECK(svg_of({probe_of(2, 8)}) == svg_of({probe_of(2, 8)}));
}

TEST_CASE("The profile is the mean over layers with its standard error", "[usage]") {
  const auto map = usage_map(probe_of(4, 2));
  // queries of frequency 0: 1.0 1.2 1.4 1.6; sd .258199, over sqrt(4)
  const auto value = mean_over_layers(map, map.query, {0, 1, 2, 3}, 0);
  CHECK(value.mean == Approx(1.3));
  CHECK(value.standard_error == Approx(0.1290994));
  CHECK(std::isnan(mean_over_layers(map, map.query, {2}, 0).standard_error));
}

TEST_CASE("A probe file that lacks or falsifies a variable is refused by name", "[usage]") {
  auto probe = probe_of(2, 4);
  probe.file.variables.erase("key_norm_mean");
  CHECK(test::refusal([&] { svg_of({probe}); }).find("a.h5: no variable 'key_norm_mean'") == 0);
  probe = probe_of(2, 4);
  probe.file.variables.at("query_norm_mean").values[6] = -1;
  CHECK(test::refusal([&] { svg_of({probe}); }).find("layer 1, frequency 2") != std::string::npos);
  probe = probe_of(2, 4);
  probe.file.variables.at("query_norm_mean").shape = {4, 2};
  CHECK(test::refusal([&] { svg_of({probe}); }).find("shape") != std::string::npos);
}
