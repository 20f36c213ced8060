// test_page.cpp: the page to look through a probe file: its numbers, and that it loads nothing.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "base/files.hpp"
#include "plots/page.hpp"
#include "plots/quadrature_map.hpp"
#include "tests/browser.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

TEST_CASE("The page holds the file's numbers to five digits", "[page]") {
  const auto probe = test::synthetic_probe();
  const auto data = Json::parse(page_data(probe));
  for (const auto* name : {"query_norm_mean",
                           "per_head/key_norm_mean",
                           "metrics/share_quadrature",
                           "metrics/kernel",
                           "ablation/delta_loss"}) {
    INFO(name);
    const auto& array = probe.file.variables.at(name);
    const auto& held = data["variables"][name];
    CHECK(held["shape"] == Json(array.shape));
    CHECK(held["dims"] == Json(array.dims));
    REQUIRE(held["values"].size() == array.values.size());
    for (size_t i = 0; i < array.values.size(); ++i) {
      const double value = held["values"][i];
      CHECK(std::abs(value - array.values[i]) <= 5e-5 * std::abs(array.values[i]));
    }
  }
  CHECK(data["title"] == "tiny (rope)");
  CHECK(data["strings"]["ablation/intervention"].size() == 3);
  CHECK(data["viridis"].front() == "#440457");
}

TEST_CASE("What has no value is null in the page, per-text values are left out", "[page]") {
  auto probe = test::synthetic_probe();
  probe.file.variables.at("query_norm_mean").values[3] = std::nan("");
  probe.file.variables.at("wavelength").values[0] = std::numeric_limits<double>::infinity();
  const auto data = Json::parse(page_data(probe));
  CHECK(data["variables"]["query_norm_mean"]["values"][3].is_null());
  CHECK(data["variables"]["wavelength"]["values"][0].is_null());
  CHECK_FALSE(data["variables"].contains("n_tokens"));
}

TEST_CASE("The page loads nothing from anywhere", "[page]") {
  const auto page = probe_page(test::synthetic_probe());
  for (const auto* outside : {"http:", "https:", "src=", "@import", "url(", "fetch(", "import("}) {
    CHECK_THAT(page, !Contains(outside));
  }
  CHECK(page == probe_page(test::synthetic_probe()));
}

TEST_CASE("Names from the file can't end the page's script", "[page]") {
  auto probe = test::synthetic_probe();
  probe.file.text_attributes["model_id"] = "</script><b>\"x\"";
  const auto page = probe_page(probe);
  CHECK_THAT(page, !Contains("</script><b>") && Contains("&lt;/script&gt;&lt;b&gt;"));
  CHECK(Json::parse(page_data(probe))["title"] == "</script><b>\"x\" (rope)");
}

TEST_CASE("Every element that the script asks for by name is in the page", "[page]") {
  const auto page = probe_page(test::synthetic_probe());
  const std::regex asked(R"re((?:byId|plotIn|heat|lines|trim)\('([a-z]+)')re");
  size_t count = 0;
  for (auto i = std::sregex_iterator(page.begin(), page.end(), asked); i != std::sregex_iterator();
       ++i) {
    CHECK_THAT(page, Contains("id=\"" + (*i)[1].str() + "\""));
    ++count;
  }
  CHECK(count > 20);
}

TEST_CASE("A file without norms has no page", "[page]") {
  auto probe = test::synthetic_probe();
  probe.file.variables.erase("query_norm_mean");
  CHECK_THAT(test::refusal([&] { probe_page(probe); }),
             Contains("'query_norm_mean'") && Contains("a page (.html without --figure)") &&
                 Contains("whatwhere probe"));
  probe.file.variables.erase("theta");
  CHECK_THAT(test::refusal([&] { probe_page(probe); }),
             Contains("has no frequencies") && Contains("choose --figure heads, triangle"));
}

TEST_CASE("The page begins where it is asked to", "[page]") {
  const auto probe = test::synthetic_probe();
  const auto start = Json::parse(page_data(
      probe,
      {.axis = AxisKind::index, .scale = ColourSharing::log, .layer = 3, .head = 5}))["start"];
  CHECK(start == Json{{"layer", 3}, {"head", 5}, {"axis", "index"}, {"scale", "log"}});
  CHECK(Json::parse(page_data(probe))["start"]["axis"] == "wavelength");
  const auto refused = [&](const FigureOptions& options) {
    return test::refusal([&] { probe_page(probe, options); });
  };
  CHECK_THAT(refused({.layer = 4}), Contains("a.h5: there is no layer 4"));
  CHECK_THAT(refused({.head = 6}), Contains("there is no head 6"));
  CHECK_THAT(refused({.scale = ColourSharing::separate}), Contains("--scale linear or log"));
}

TEST_CASE("The page holds head types' parts, controls and the mean loss", "[page]") {
  auto probe = test::synthetic_probe();
  const auto data = Json::parse(page_data(probe));
  REQUIRE(data["parts"].size() == 4);
  CHECK(data["parts"][0] ==
        Json{{"name", "where"}, {"variable", "metrics/share_where"}, {"outline", Json::array()}});
  CHECK(data["parts"][3]["name"] == "quadrature");
  CHECK(data["parts"][3]["outline"].size() == 4);
  CHECK(data["strings"]["control/control"] == Json{"init", "words"});
  CHECK(data["variables"].at("control/query_norm_mean")["shape"] == Json{2, 4, 8});
  CHECK(data["variables"].contains("control/quadrature_share"));
  // losses 2, 2.1 .. 2.4 of texts with 119, 129 .. 159 predictions
  const double sum = 119 * 2 + 129 * 2.1 + 139 * 2.2 + 149 * 2.3 + 159 * 2.4;
  CHECK(data["loss"].get<double>() == Approx(sum / 695).epsilon(1e-4));
  probe.file.variables.erase("loss");
  CHECK(Json::parse(page_data(probe))["loss"].is_null());
}

/// What a browser makes of the page: the elements that its script drew, without the script.
static std::string drawn(const std::string& page) {
  const test::TemporaryFolder folder;
  write_file(folder / "page.html", page);
  const auto dom = test::run_shell("chromium --headless --no-sandbox --disable-gpu --dump-dom " +
                                   (folder / "page.html").string() + " 2>/dev/null")
                       .output;
  return dom.substr(0, dom.find("<script"));
}

TEST_CASE("A browser draws the page: types, errors and controls", "[page][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  auto probe = test::synthetic_probe();
  probe.file.variables["pe_enabled"] = {{"layer"}, {4}, {1, 1, 0, 1}};
  const auto page = drawn(probe_page(probe, {.layer = 1, .head = 2}));
  std::map<std::string, size_t> counts;
  std::string chosen;
  const auto map = quadrature_map(probe);
  for (size_t i = 0; i < map.shares.size(); ++i) {
    const std::string type = head_parts()[*map.shares[i].largest()].name;
    ++counts[type];
    if (i == 6 + 2) chosen = type;
  }
  for (const auto& [type, count] : counts) {
    CHECK_THAT(page, Contains(fmt::format("</svg>{} {}</span>", type, count)));
  }
  CHECK_THAT(page, Contains("Numbers of layer 1, head 2; largest part: " + chosen));
  CHECK(test::count_of(page, "class=\"type\"") == 24 + 4);   // heads, legend
  CHECK(test::count_of(page, "class=\"still\"") == 2 + 1);   // queries, keys; heads
  CHECK(test::count_of(page, "opacity=\"0.22\"") == 2 + 1);  // norms' errors; Q's
  CHECK_THAT(page, Contains("<option value=\"words\">words</option>"));
}

TEST_CASE("A browser draws losses by layer and by head, in colours about 0", "[page][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  const auto probe = test::synthetic_probe({.bands = 1});
  const Json colours = Json::parse(page_data(probe))["diverging"];
  REQUIRE(colours.size() == 64);
  const auto page = drawn(probe_page(probe, {.layer = 1, .head = 2}));
  for (const auto* name : {"zero", "derotate", "unshift"}) {
    CHECK_THAT(page, Contains(fmt::format("Loss added by {}, by layer [nat/prediction]", name)));
    const bool on_heads = std::string(name) != "derotate";
    CHECK((page.find(fmt::format("Loss added by {}, by head", name)) != page.npos) == on_heads);
    CHECK((page.find(fmt::format("loss added by {} in this head alone</dt><dd>0.01 nat/prediction",
                                 name)) != page.npos) == on_heads);
  }
  // head 5 costs the most, 0.07, in each layer; the bar of colours ends with its colour
  const auto most = fmt::format("fill=\"{}\"", colours.back().get<std::string>());
  CHECK(test::count_of(page, most) == 2 * (4 + 1));
  const auto several = drawn(probe_page(test::synthetic_probe()));
  CHECK_THAT(several, Contains("Loss added by derotate, by layer and band [nat/prediction]"));
}

TEST_CASE("The page warns of intervals of few texts beside the bars", "[page][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  const auto warnings = [](size_t texts) {
    const auto page = drawn(probe_page(test::synthetic_probe({.texts = texts})));
    return test::count_of(page, "Intervals of fewer than 8 texts are too narrow.");
  };
  CHECK(warnings(7) == 2);  // all layers at once; the layer's bands
  CHECK(warnings(8) == 0);
}

TEST_CASE("The page joins a kernel's neighbouring offsets alone", "[page][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  auto probe = test::synthetic_probe();
  auto& lags = probe.file.variables.at("lag").values;
  for (size_t i = 60; i < 64; ++i) lags[i] = std::array{70, 80, 92, 105}[i - 60];
  const auto page = drawn(probe_page(probe));
  const auto from = page.find("id=\"kernel\"");
  const auto kernel = page.substr(from, page.find("</section>", from) - from);
  static const std::regex line(R"re(<polyline [^>]*points="([^"]*)")re");
  size_t lines = 0;
  for (auto i = std::sregex_iterator(kernel.begin(), kernel.end(), line);
       i != std::sregex_iterator();
       ++i) {
    CHECK(test::count_of((*i)[1], ",") == 60);
    ++lines;
  }
  CHECK(lines == 2);  // of the score, of the attention
  CHECK(test::count_of(kernel, "<circle ") == 2 * 64);
  const std::string note = "beyond offset 59 only the offsets of the dots are known";
  CHECK(test::count_of(kernel, note) == 2);
  CHECK_THAT(drawn(probe_page(test::synthetic_probe())), !Contains("beyond offset"));
  CHECK_THAT(page, Contains("Q of the layer: sums over heads"));
}

TEST_CASE("What never turns stands apart from the other frequencies by index", "[page][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  auto probe = test::synthetic_probe();
  auto& theta = probe.file.variables.at("theta").values;
  for (size_t l = 0; l < 4; ++l) theta[l * 8 + 3] = 0;
  const auto page = drawn(probe_page(probe, {.axis = AxisKind::index}));
  CHECK_THAT(page, Contains("\u03b8 = 0</text>"));
  static const std::regex cell(
      R"re(<rect shape-rendering="crispEdges" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)")re");
  std::vector<double> left;
  double width = 0;
  for (auto i = std::sregex_iterator(page.begin(), page.end(), cell); left.size() < 8; ++i) {
    REQUIRE(i != std::sregex_iterator());
    left.push_back(std::stod((*i)[1]));
    width = std::stod((*i)[2]);
  }
  const std::array<double, 8> ranks = {0, 1, 2, 7, 3, 4, 5, 6};
  for (size_t f = 0; f < 8; ++f) {
    const double gap = f == 3 ? 8 * width / 0.98 * 0.02 : 0;  // a fiftieth of the plot
    CHECK(left[f] - left[0] == Approx(ranks[f] * width + gap).margin(0.1));
  }
}
