// test_line_figures.cpp: profiles and series of checkpoints, read back from their SVG, and what
// must be refused.

#include <cmath>
#include <numbers>
#include <regex>

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

TEST_CASE("A profile is the mean over layers with its standard error", "[figures]") {
  const auto probe = synthetic_probe();
  const auto dots = marks_of(svg_of("profile", {probe}), "circle", "key");
  REQUIRE(dots.size() == 8);
  const auto& values = values_of(probe, "key_norm_mean");
  for (size_t f = 0; f < 8; ++f) {
    double mean = 0, squares = 0;
    for (size_t l = 0; l < 4; ++l) mean += values[l * 8 + f] / 4;
    for (size_t l = 0; l < 4; ++l) squares += std::pow(values[l * 8 + f] - mean, 2);
    CHECK(std::stod(dots[f].at("value")) == Approx(mean).epsilon(1e-7));
    CHECK(std::stod(dots[f].at("error")) == Approx(std::sqrt(squares / 3 / 4)).epsilon(1e-6));
  }
}

TEST_CASE("A layer's profile has the file's errors over texts", "[figures]") {
  const auto probe = synthetic_probe();
  const auto dots = marks_of(svg_of("profile", {probe}, {.layer = 3}), "circle", "query");
  REQUIRE(dots.size() == 8);
  for (size_t f = 0; f < 8; ++f) {
    const size_t at = 3 * 8 + f;
    CHECK(std::stod(dots[f].at("value")) ==
          Approx(values_of(probe, "query_norm_mean")[at]).epsilon(1e-7));
    CHECK(std::stod(dots[f].at("error")) ==
          Approx(values_of(probe, "query_norm_se")[at]).epsilon(1e-7));
  }
}

TEST_CASE("Profiles of several files lie over each other by wavelength", "[figures]") {
  const auto one = synthetic_probe(),
             other = synthetic_probe({.encoding = "pope", .frequencies = 16});
  const auto svg = svg_of("profile", {one, other});
  const auto dots = marks_of(svg, "circle", "query");
  REQUIRE(dots.size() == 8 + 16);
  // frequency f of the first has the wavelength of frequency 2 f of the second
  for (size_t f = 0; f < 8; ++f) {
    CHECK(std::stod(dots[f].at("cx")) == Approx(std::stod(dots[8 + 2 * f].at("cx"))).margin(0.02));
    CHECK(dots[f].at("fill") != dots[8].at("fill"));
  }
  CHECK(marks_of(svg, "circle", "query-init").empty());
  CHECK(marks_of(svg_of("profile", {one}), "circle", "query-init").size() == 8);
}

TEST_CASE("Lengths stand in the colour of their file, what files share in grey", "[figures]") {
  const auto one = synthetic_probe(), other = synthetic_probe({.train_length = 100});
  const auto svg = svg_of("profile", {one, other});
  const auto colour_of = [&](const std::string& label) {
    const std::regex shape("fill=\"(#[0-9a-f]{6})\"[^>]*>" + label + "<");
    std::smatch found;
    REQUIRE(std::regex_search(svg, found, shape));
    return found[1].str();
  };
  const auto dots = marks_of(svg, "circle", "query");
  CHECK(colour_of("training length 512") == dots.front().at("fill"));
  CHECK(colour_of("training length 100") == dots.back().at("fill"));
  CHECK(colour_of("longest text 160") == "#666666");
}

TEST_CASE("A series draws each summary over the steps, in their order", "[figures]") {
  std::vector<NamedProbe> probes;
  for (const int64_t step : {400, 0, 100}) probes.push_back(synthetic_probe({.step = step}));
  probes[0].file.variables.at("quadrature_share").values[2] = 0.7;
  const auto svg = svg_of("series", probes);
  const auto dots = marks_of(svg, "circle", "quadrature");
  REQUIRE(dots.size() == 3 * (4 + 1));
  CHECK(dots[6].at("step") == "0");  // layer 2
  CHECK(dots[8].at("step") == "400");
  CHECK(std::stod(dots[8].at("value")) == 0.7);
  CHECK(dots[14].at("layer") == "mean");
  double mean = 0;
  for (const double share : values_of(probes[0], "quadrature_share")) mean += share / 4;
  CHECK(std::stod(dots[14].at("value")) == Approx(mean).epsilon(1e-7));
  CHECK(marks_of(svg, "circle", "loss").size() == 3);
  CHECK(marks_of(svg, "circle", "effective-frequencies").size() == 3 * (4 + 1));
}

TEST_CASE("The centroid of usage is the weighted geometric mean of the wavelengths", "[figures]") {
  auto probe = synthetic_probe({.layers = 1, .step = 0});
  auto& variables = probe.file.variables;
  variables.at("theta").values = {2, 0.5, 0, 1, 1, 1, 1, 1};  // the third turns never
  variables.at("query_norm_mean").values = {3, 0.5, 9, 0, 0, 0, 0, 0};
  variables.at("key_norm_mean").values = {1, 2, 9, 1, 1, 1, 1, 1};
  auto later = probe;
  later.file.integer_attributes["training_step"] = 5;
  const auto dots = marks_of(svg_of("series", {probe, later}), "circle", "centroid");
  REQUIRE(dots.size() == 2);
  // weights 3 and 1: 2 pi (1/2)^(3/4) 2^(1/4) = 2 pi / sqrt(2)
  CHECK(std::stod(dots[0].at("value")) == Approx(std::numbers::pi * std::sqrt(2)).epsilon(1e-7));
}

TEST_CASE("Two trainings are a line each; what not all files have is left out", "[figures]") {
  std::vector<NamedProbe> probes;
  for (const auto* encoding : {"rope", "pope"}) {
    for (const int64_t step : {0, 100}) {
      probes.push_back(synthetic_probe({.encoding = encoding, .step = step}));
    }
  }
  probes[3].file.variables.erase("quadrature_share");
  const auto svg = svg_of("series", probes);
  CHECK(marks_of(svg, "circle", "centroid").size() == 4);
  CHECK(marks_of(svg, "circle", "quadrature").empty());
  CHECK_THAT(svg, Contains(">rope, seed 1</text>") && Contains(">pope, seed 1</text>"));
}

TEST_CASE("A series without steps, of one file or with a step twice is refused", "[figures]") {
  const auto known = synthetic_probe({.step = 5});
  const auto refused = [](const std::vector<NamedProbe>& probes) {
    return test::refusal([&] { svg_of("series", probes); });
  };
  CHECK_THAT(refused({known, synthetic_probe({.name = "b.h5"})}),
             Contains("b.h5: its training step is not known"));
  CHECK_THAT(refused({known}), Contains("at least two checkpoints"));
  CHECK_THAT(refused({known, synthetic_probe({.name = "b.h5", .step = 5})}),
             Contains("b.h5: step 5 of rope, seed 1 is also that of a.h5"));
}

TEST_CASE("No command is advised that would be refused, or has run", "[figures]") {
  auto probe = synthetic_probe({.encoding = "learned"});
  probe.file.text_attributes["pe_place"] = "embedding";
  std::erase_if(probe.file.variables, [](const auto& each) {
    return each.first == "theta" || each.first.starts_with("metrics/share_") ||
           each.first == "quadrature_share" || each.first == "ablation/delta_loss";
  });
  for (const auto& row : figures()) {
    if (row.name == std::string("heads") || row.name == std::string("ablation")) continue;
    const auto sentence = test::refusal([&] { svg_of(row.name, {probe}); });
    INFO(sentence);
    if (row.name == std::string("ablation-map")) {
      CHECK_THAT(sentence, Contains("`whatwhere ablate --layers each` writes it"));
      continue;
    }
    CHECK_THAT(sentence, !Contains("writes it"));
    CHECK_THAT(sentence, Contains("no frequencies") || Contains("'learned' is added"));
    CHECK_THAT(sentence, Contains("choose --figure heads or ablation"));
  }
}
