// test_figure_words.cpp: what figures say in captions and on axes, and where they say it.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <regex>

#include "plots/page.hpp"
#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

/// A line of text: its anchor's place and its width.
struct Words {
  std::string text;
  double x = 0, y = 0, width = 0, angle = 0;
};

std::vector<Words> words_of(const std::string& svg) {
  static const std::regex one(
      R"re(<text x="([-0-9.]+)" y="([-0-9.]+)"[^>]*textLength="([0-9.]+)"[^>]*>([^<]*)</text>)re");
  static const std::regex turned(R"re(rotate\(([-0-9.]+))re");
  std::vector<Words> all;
  for (auto i = std::sregex_iterator(svg.begin(), svg.end(), one); i != std::sregex_iterator();
       ++i) {
    const std::string whole = (*i)[0];
    std::smatch angle;
    all.push_back({(*i)[4], std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3])});
    if (std::regex_search(whole, angle, turned)) all.back().angle = std::stod(angle[1]);
  }
  return all;
}

Words words_at(const std::string& svg, const std::string& text) {
  for (const auto& words : words_of(svg)) {
    if (words.text == text) return words;
  }
  FAIL("no text '" << text << "'");
  return {};
}

std::string caption_of(const std::string& figure, const std::vector<NamedProbe>& probes) {
  return text_of(svg_of(figure, probes));
}

}  // namespace

TEST_CASE("The quadrature caption tells the offsets of every file", "[figures]") {
  const auto one = synthetic_probe();
  auto other = one;
  CHECK_THAT(caption_of("quadrature", {one, other}),
             Contains("their total variance, offsets 0 to 127,"));
  other.file.variables.at("offset_range").values[1] = 1024;
  CHECK_THAT(caption_of("quadrature", {one, other}),
             Contains("offsets from 0 to each file's last (127; 1,023 in turn), with"));
  other.file.variables.erase("offset_range");
  CHECK_THAT(caption_of("quadrature", {one, other}), Contains("their total variance, with"));
}

TEST_CASE("The profile's dashed line is the control init, not the model's start", "[figures]") {
  const auto caption = caption_of("profile", {synthetic_probe()});
  CHECK_THAT(caption, Contains("Dotted grey: the control init") && !Contains("before training"));
  auto without = synthetic_probe();
  without.file.strings.erase("control/control");
  CHECK_THAT(caption_of("profile", {without}), !Contains("Dotted grey"));
}

TEST_CASE("Intervals of few texts are said to be too narrow, from eight on not", "[figures]") {
  for (const size_t layers : {4, 7}) {
    for (const auto* figure : {"ablation", "ablation-map"}) {
      INFO(figure << " of " << layers << " layers");
      const auto said = [&](size_t texts) {
        const auto caption = caption_of(figure,
                                        {synthetic_probe({.layers = layers}),
                                         synthetic_probe({.layers = layers, .texts = texts})});
        return caption.find("Intervals of fewer than 8 texts are too narrow.") != caption.npos;
      };
      CHECK(said(7));
      CHECK(said(8));  // the first has five
      const auto many = synthetic_probe({.layers = layers, .texts = 8});
      CHECK_THAT(caption_of(figure, {many}), !Contains("too narrow"));
    }
  }
}

TEST_CASE("Figures of interventions say what curves were averaged over", "[figures]") {
  for (const size_t layers : {4, 7}) {
    for (const auto* figure : {"ablation", "ablation-map"}) {
      INFO(figure << " of " << layers << " layers");
      const auto with = [&](double offsets) {
        auto probe = synthetic_probe({.layers = layers});
        probe.file.variables["ablation/averaged_offsets"] = {{"intervention"}, {1}, {offsets}};
        return probe;
      };
      CHECK_THAT(caption_of(figure, {with(1'501), with(1'501)}),
                 Contains("Curves averaged over offsets 0 to 1,500."));
      CHECK_THAT(caption_of(figure, {with(1'501), with(20)}),
                 Contains("Curves averaged over offsets 0 to 1,500; 19 in turn."));
      CHECK_THAT(caption_of(figure, {synthetic_probe({.layers = layers})}),
                 !Contains("Curves averaged"));
    }
  }
}

TEST_CASE("Bars by head have a named axis and are said to have no intervals", "[figures]") {
  auto probe = synthetic_probe();
  const auto svg = svg_of("ablation", {probe});
  CHECK_THAT(text_of(svg), Contains("Bars by head have no intervals."));
  const auto name = words_at(svg, "head");
  CHECK(count_of(svg, ">head</text>") == 4);
  std::string level;  // with the name, to its right
  for (const auto& words : words_of(svg)) {
    if (words.y == name.y && words.x > name.x) level += words.text;
  }
  CHECK(level == "012345");
  probe.file.variables.erase("ablation/delta_loss_head");
  const auto without = svg_of("ablation", {probe});
  CHECK_THAT(text_of(without), !Contains("Bars by head"));
  CHECK(count_of(without, ">head</text>") == 0);
}

TEST_CASE("Blocks that no text was long enough to swap leave a note", "[figures]") {
  auto probe = synthetic_probe();
  const std::string note = "no exchange was measured, since texts are too short";
  CHECK_THAT(caption_of("heads", {probe}), !Contains(note));
  for (const auto* name : {"metrics/s_pos", "metrics/s_sym"}) {
    auto& values = probe.file.variables.at(name).values;
    values.assign(values.size(), std::numeric_limits<double>::quiet_NaN());
  }
  const auto svg = svg_of("heads", {probe});
  CHECK(marks_of(svg, "circle", "swap").empty());
  CHECK(count_of(svg, ">Blocks swapped</text>") == 0);  // nor an empty panel
  CHECK_THAT(text_of(svg), Contains(note));
}

TEST_CASE("Without a training length no share of turns is headed or explained", "[figures]") {
  const auto known = synthetic_probe();
  auto unknown = synthetic_probe({.train_length = 0});
  auto& shares = unknown.file.variables.at("metrics/ood_exposure").values;
  shares.assign(shares.size(), std::numeric_limits<double>::quiet_NaN());
  const auto alone = svg_of("length", {unknown});
  CHECK(count_of(alone, ">share without</text>") == 0);
  CHECK(count_of(alone, ">a full turn</text>") == 0);
  CHECK_THAT(text_of(alone),
             Contains("tiny (rope): training length unknown.") && !Contains("Numbers: share"));
  const auto both = svg_of("length", {unknown, known});
  CHECK(count_of(both, ">share without</text>") == 1);
  CHECK_THAT(text_of(both), Contains("Numbers: share") && Contains("training length unknown."));
  CHECK_THAT(caption_of("length", {known}), !Contains("unknown"));
}

TEST_CASE("Quantities without a dimension have no unit", "[figures]") {
  const auto probe = synthetic_probe();
  const auto later = synthetic_probe({.name = "b.h5", .step = 10});
  for (const auto& row : figures()) {
    if (std::string_view(row.name) == "delta" || std::string_view(row.name) == "series") continue;
    INFO(row.name);
    CHECK_THAT(svg_of(row.name, {probe}), !Contains("[1]"));
  }
  CHECK_THAT(svg_of("delta", {synthetic_probe({.encoding = "pope"})}), !Contains("[1]"));
  CHECK_THAT(svg_of("series", {synthetic_probe({.step = 5}), later}), !Contains("[1]"));
  CHECK_THAT(probe_page(probe), !Contains("[1]</"));
}

TEST_CASE("Kernels name their axes with units, in every row", "[figures]") {
  const auto svg = svg_of("kernel", {synthetic_probe()}, {.head = 2});
  CHECK(count_of(svg, ">offset (tokens)</text>") == 4);
  CHECK(count_of(svg, ">K \u2013 mean</text>") == 2);
  CHECK(count_of(svg, ">attention</text>") == 2);
}

TEST_CASE("Numbers of offsets keep apart in narrow panels", "[figures]") {
  auto probe = synthetic_probe({.layers = 8});
  for (auto& lag : probe.file.variables.at("lag").values) lag *= 20;
  const auto svg = svg_of("kernel", {probe}, {.scale = ColourSharing::separate});
  size_t numbers = 0;
  double end = 0, row = 0;
  for (const auto& words : words_of(svg)) {
    if (!std::regex_match(words.text, std::regex("[0-9]+"))) continue;
    if (row != words.y || words.text == "0") end = 0;  // the next panel's
    if (row == words.y && words.text != "0") CHECK(words.x - words.width / 2 > end + 1);
    end = words.x + words.width / 2;
    row = words.y;
    ++numbers;
  }
  CHECK(numbers > 8 * 4);
}

TEST_CASE("An axis' label stands clear of wide numbers", "[figures]") {
  auto probe = synthetic_probe();
  for (auto& value : probe.file.variables.at("metrics/fisher").values) {
    value = 0.0006 + 0.001 * value;
  }
  const auto svg = svg_of("contribution", {probe});
  const auto label = words_at(svg, "mean [nat]");
  size_t numbers = 0;
  for (const auto& words : words_of(svg)) {  // right-aligned beside the axis, 64 high
    if (!words.text.starts_with("0.00") || std::abs(words.y - label.y) > 40) continue;
    if (words.x < label.x || words.x > label.x + 60) continue;
    CHECK(words.x - words.width > label.x + 2);
    ++numbers;
  }
  CHECK(numbers >= 2);
}

TEST_CASE("Each edge of the triangle says what its numbers are a share of", "[figures]") {
  const auto svg = svg_of("triangle", {synthetic_probe()});
  const auto where = words_at(svg, "where"), what = words_at(svg, "what"),
             both = words_at(svg, "interaction");
  // numbers grow towards the corner of their share: left edge where, below what, right interaction
  const std::array edges = {words_at(svg, "share of where"),
                            words_at(svg, "share of what"),
                            words_at(svg, "share of interaction")};
  const double left = where.x, right = what.x, middle = (where.y + both.y) / 2;
  CHECK(edges[0].angle == -60);
  CHECK(edges[0].x < left + (right - left) / 4);
  CHECK(edges[1].angle == 0);
  CHECK(edges[1].y > where.y);
  CHECK(edges[2].angle == 60);
  CHECK(edges[2].x > right - (right - left) / 4);
  for (const size_t i : {0, 2}) CHECK(std::abs(edges[i].y - middle) < 30);
}

TEST_CASE("The layers' shares have a title, above the controls' names", "[figures]") {
  const auto probe = synthetic_probe();
  const auto svg = svg_of("quadrature", {probe});
  const auto title = words_at(svg, "Q of each layer"), control = words_at(svg, "init");
  CHECK(title.y < control.y - 11);
  CHECK(title.y == words_at(svg, "Q by range").y);
}

TEST_CASE("The longest range of offsets keeps its number", "[figures]") {
  auto probe = synthetic_probe();
  const auto shows = [&](double first, double last) {
    probe.file.variables.at("offset_range").values = {first, last};
    const auto svg = svg_of("quadrature", {probe});
    return std::array{count_of(svg, fmt::format(">{}</text>", first)),
                      count_of(svg, fmt::format(">{}</text>", last))};
  };
  CHECK(shows(256, 901) == std::array<size_t, 2>{1, 1});
  CHECK(shows(888, 901) == std::array<size_t, 2>{0, 1});
}
