// test_page.cpp: the page to look through a probe file: its numbers, and that it loads nothing.

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "plots/page.hpp"
#include "tests/catch.hpp"
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
  probe.file.variables.erase("theta");
  CHECK_THAT(test::refusal([&] { probe_page(probe); }),
             Contains("'theta'") && Contains("whatwhere probe"));
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
