// test_ablation_runs.cpp: what an ablation costs, with its uncertainty, and the file it writes.

#include <ATen/ATen.h>

#include <cmath>
#include <set>

#include "models/fused/choice.hpp"
#include "probes/ablate/ablate.hpp"
#include "probes/ablate/bands.hpp"
#include "probes/ablate/edit.hpp"
#include "probes/ablate/effects.hpp"
#include "probes/ablate/gates.hpp"
#include "probes/ablate/runner.hpp"
#include "tests/catch.hpp"
#include "tests/metric_inputs.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

namespace {

std::vector<TextLoss> losses_of(const std::vector<double>& totals, int64_t predictions) {
  std::vector<TextLoss> losses;
  for (const double total : totals) losses.push_back({predictions + 1, predictions, total});
  return losses;
}

AblateOptions small_ablation(const std::filesystem::path& folder) {
  AblateOptions options;
  options.probe.checkpoint = folder / "run";
  options.probe.input.task = "indirect";
  options.probe.input.texts = 10;
  options.probe.device = "cpu";
  options.probe.out = folder / "a.h5";
  return options;
}

}  // namespace

TEST_CASE("An effect is a ratio of sums with errors over texts", "[ablate]") {
  const auto clean = losses_of({10, 20, 30}, 5), edited = losses_of({15, 20, 40}, 5);
  const auto effect = effect_of(clean, edited, 1);
  CHECK(effect.mean == Approx(1));
  CHECK(effect.texts == std::vector<double>{1, 0, 2});
  CHECK(effect.error == Approx(std::sqrt(1.0 / 3)));  // equal texts: s / sqrt(n)
  CHECK(effect.low >= 0);
  CHECK(effect.low < 1);
  CHECK(effect.high > 1);
  CHECK(effect.high <= 2);
  CHECK(mean_effect(clean, clean) == 0);
}

TEST_CASE("Rank correlation sees order alone", "[ablate]") {
  CHECK(rank_correlation({1, 2, 3, 4}, {1, 10, 100, 1000}) == Approx(1));
  CHECK(rank_correlation({1, 2, 3, 4}, {4, 3, 2, 1}) == Approx(-1));
  CHECK(rank_correlation({1, 2, 3, 4, 5}, {2, 1, 4, 3, 5}) == Approx(0.8));  // 1 - 6 * 4 / 120
  CHECK(rank_correlation({1, 1, 2}, {1, 1, 2}) == Approx(1));
  CHECK(std::isnan(rank_correlation({1, 1}, {1, 2})));
}

TEST_CASE("Bands part the chunks that turn, the others follow", "[ablate]") {
  const auto theta = at::tensor({1.0, 0.5, 0.2, 0.1, 0.05, 0.0, 0.0});
  CHECK(make_bands(theta, 2) == std::vector<Band>{{0, 1}, {2, 3, 4}, {5, 6}});
  CHECK(make_bands(theta, 100).size() == 6);
  const Band band = {1, 2, 5};
  std::set<int64_t> all;
  for (uint64_t index = 0; index < 40; ++index) {
    const auto drawn = random_band(band, 9, 1, index);
    CHECK(drawn.size() == 3);
    CHECK(drawn == random_band(band, 9, 1, index));
    CHECK(std::ranges::adjacent_find(drawn) == drawn.end());
    all.insert(drawn.begin(), drawn.end());
  }
  CHECK(all == std::set<int64_t>{0, 3, 4, 6, 7, 8});
  CHECK(random_band({0, 1, 2}, 5, 1, 0).empty());
  const auto usage = at::tensor({5.0, 1.0, 4.9, 1.1, 9.0});
  CHECK(matched_band({0, 1}, usage) == Band{2, 3});
  CHECK(matched_band({0, 1, 2}, usage).empty());
}

TEST_CASE("The gate gradient is the slope of an attenuation", "[ablate]") {
  for (const auto* const encoding : {"rope", "pope"}) {
    const auto model = made(small_config(encoding));
    const auto texts = some_texts();
    const auto statistics = collect(model, texts, {});
    const References references(statistics);
    const CleanPass clean{model, references, statistics.longest};
    const auto gradient = gate_gradient(model, texts);
    const auto loss_at = [&](double factor, const Target& target) {
      Intervention intervention;
      intervention.row = &intervention_row("attenuate");
      intervention.factor = factor;
      WalkOptions options;
      options.edit = make_editor(clean, intervention, target);
      return pooled(walk(model, texts, options)).mean();
    };
    for (const auto& target : {Target{0, {1}, 2}, Target{1, {0}, 3}}) {
      const auto rise = [&](double h) { return loss_at(1 + h, target) - loss_at(1 - h, target); };
      const double slope = (8 * rise(0.03) - rise(0.06)) / (12 * 0.03);
      const double found = gradient[target.layer][target.head][target.chunks[0]].item<double>();
      CHECK(found == Approx(slope).epsilon(0.01).margin(1e-5));
    }
  }
}

TEST_CASE("Passes from a layer on equal whole passes", "[ablate]") {
  auto config = small_config();
  config.head_width = 16;  // which kernels can take, though not where scores are edited
  auto model = made(config);
  model.compute_with(engine_for_any(model));
  const auto texts = some_texts();
  const auto statistics = collect(model, texts, {.every_row = true, .losses = true});
  const References references(statistics);
  const CleanPass clean{model, references, statistics.longest};
  Intervention intervention;
  intervention.row = &intervention_row("zero");
  Runner runner(model, texts);
  const ScoreEditor nothing = [](const ScoreView& view) { return view.scores; };
  CHECK(runner.losses({nothing})[0][1].total == statistics.losses[1].total);
  runner.advance();
  CHECK(runner.losses({nothing})[0][1].total == statistics.losses[1].total);
  WalkOptions options;
  options.edit = make_editor(clean, intervention, {1, {0, 2}, -1});
  const auto whole = walk(model, texts, options);
  const auto part = runner.losses({options.edit})[0];
  for (size_t i = 0; i < whole.size(); ++i) CHECK(part[i].total == whole[i].total);
}

TEST_CASE("An ablation writes what it ran and nothing where it is refused", "[ablate]") {
  const test::TemporaryFolder folder;
  train(test::small_run(folder / "run", "pope"));
  auto options = small_ablation(folder.path());
  SECTION("layers, heads and controls") {
    options.interventions = {"unshift", "zero"};
    options.layers = "each";
    options.heads = true;
    options.bands = 2;
    options.controls = 1;
    const auto report = ablate(options);
    REQUIRE(report.totals.size() == 2);
    CHECK(report.totals[0].second.mean == 0);  // PoPE has no shift to take
    CHECK(report.heads.size() == 2);
    const auto file = read_probe_file(options.probe.out);
    CHECK(file.strings.at("ablation/intervention") == options.interventions);
    CHECK(file.variables.at("ablation/delta_loss").shape == std::vector<size_t>{2, 1, 2});
    CHECK(file.variables.at("ablation/total_delta_loss").values[1] ==
          Approx(report.totals[1].second.mean).epsilon(1e-6));
    for (const auto* const name : {"delta_loss_random", "delta_loss_matched", "delta_loss_head"}) {
      for (const double cost : file.variables.at(std::string("ablation/") + name).values) {
        CHECK(std::isfinite(cost));
      }
    }
  }
  SECTION("a screen") {
    options.interventions = {"zero"};
    options.layers = "0";
    options.bands = 4;
    options.screen = 1;
    options.controls = 0;
    ablate(options);
    const auto file = read_probe_file(options.probe.out);
    CHECK(file.variables.contains("ablation/gate_gradient"));
    const auto& costs = file.variables.at("ablation/delta_loss").values;
    CHECK(std::ranges::count_if(costs, [](double c) { return std::isfinite(c); }) == 1);
  }
  SECTION("refusals") {
    const auto refused = [&](const auto& change, const char* words) {
      auto wrong = options;
      change(wrong);
      const auto passed = [](int64_t, int64_t) { FAIL("the texts ran before the refusal"); };
      CHECK_THAT(test::refusal([&] { ablate(wrong, passed); }), Contains(words));
      CHECK_FALSE(std::filesystem::exists(options.probe.out));
    };
    refused([](auto& o) { o.interventions = {"unshfit"}; }, "unknown intervention");
    refused([](auto& o) { o.layers = "7"; }, "layers 0 to 0");
    refused([](auto& o) { o.layers = "x"; }, "--layers");
    refused([](auto& o) { o.heads = true; }, "--heads each needs");
    refused([](auto& o) { o.screen = 2; }, "--screen chooses among bands");
    refused([](auto& o) { o.side = "key"; }, "--side key");
    refused([](auto& o) { o.side = "left"; }, "both, query or key");
    refused([](auto& o) { o.bands = 0; }, "--bands");
    refused([](auto& o) { o.bands = 1'000'000; }, "--bands must be from 1 to 8: the model has");
    refused(
        [](auto& o) {
          o.layers = "each";
          o.screen = 1'000'000;
        },
        "--screen must be from 0 to");
    refused([](auto& o) { o.probe.samples = 1'000'000; }, "--samples must be from 1 to 512");
    refused([](auto& o) { o.range = -1; }, "--range");
    refused([](auto& o) { o.range = 100'000'000; }, "--range must be from 0 to");
    refused([](auto& o) { o.layers = ""; }, "--layers");
    refused([](auto& o) { o.controls = 100'000'000; }, "--controls must be from 0 to");
    refused([](auto& o) { o.factor = 1e300; }, "--factor");
    refused([](auto& o) { o.probe.input.texts = 1; }, "two texts");
  }
}

TEST_CASE("What curves are averaged over is said and can be chosen", "[ablate]") {
  const test::TemporaryFolder folder;
  train(test::small_run(folder / "run", "rope"));
  auto options = small_ablation(folder.path());
  options.interventions = {"unshift", "derotate"};
  const auto usual = ablate(options);
  const auto offsets = read_probe_file(options.probe.out).variables.at("ablation/averaged_offsets");
  CHECK(offsets.values == std::vector<double>(2, double(usual.range)));
  options.probe.out = folder / "b.h5";
  options.range = usual.range;
  CHECK(ablate(options).totals[0].second.mean == usual.totals[0].second.mean);
  options.range = 2;
  const auto other = ablate(options);
  CHECK(other.range == 2);
  CHECK(other.totals[0].second.mean != usual.totals[0].second.mean);
  CHECK(other.totals[1].second.mean == usual.totals[1].second.mean);  // averages nothing
  CHECK(usual.probe.answers);
}

TEST_CASE("A model without frequencies is ablated whole, head by head", "[ablate]") {
  const test::TemporaryFolder folder;
  train(test::small_run(folder / "run", "alibi"));
  auto options = small_ablation(folder.path());
  options.interventions = {"unshift", "zero"};
  options.layers = "each";
  options.heads = true;
  const auto report = ablate(options);
  CHECK(report.totals[0].second.mean == 0);  // no curve that content could move
  CHECK(report.totals[1].second.mean != 0);
  const auto file = read_probe_file(options.probe.out);
  CHECK(file.variables.at("ablation/delta_loss").shape == std::vector<size_t>{2, 1, 1});
  CHECK(std::isinf(file.variables.at("ablation/band_wavelength_low").values[0]));
  for (const double cost : file.variables.at("ablation/delta_loss_head").values) {
    CHECK(std::isfinite(cost));
  }
  options.probe.out = folder / "b.h5";
  options.screen = 1;
  CHECK_THAT(test::refusal([&] { ablate(options); }), Contains("--screen") && Contains("alibi"));
}

TEST_CASE("A trained model loses what an independent program says", "[ablate]") {
  const auto found = stories();
  if (!found) return;
  const auto& model = found->loaded.model;
  const auto statistics = collect(model, found->texts, {.losses = true});
  const References references(statistics);
  const CleanPass clean{model, references, 128};
  const auto cost = [&](const char* name, std::vector<int64_t> chunks) {
    Intervention intervention;
    intervention.row = &intervention_row(name);
    WalkOptions options;
    options.edit = make_editor(clean, intervention, {-1, std::move(chunks), -1});
    return pooled(walk(model, found->texts, options)).mean() - pooled(statistics.losses).mean();
  };
  CHECK(cost("zero", {}) == Approx(2.9147).margin(2e-4));
  CHECK(cost("derotate", {}) == Approx(3.1229).margin(2e-4));
  CHECK(cost("mean", {}) == Approx(1.2787).margin(2e-4));
  CHECK(cost("phase-strip", {}) == Approx(1.0704).margin(2e-4));
  CHECK(cost("magnitude-strip", {}) == Approx(1.5652).margin(2e-4));
  CHECK(cost("unshift", {}) == Approx(0.2115).margin(2e-4));
  CHECK(cost("phase-strip", {3}) == Approx(1.2997).margin(2e-4));
  CHECK(cost("unshift", {3}) == Approx(-0.0003).margin(2e-4));
}
