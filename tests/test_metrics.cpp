// test_metrics.cpp: what is computed from one pass, against loops over every pair, known answers,
// and changes that must not matter.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "models/fused/choice.hpp"
#include "models/load.hpp"
#include "probes/h5/schema.hpp"
#include "probes/metrics.hpp"
#include "probes/metrics/by_layer.hpp"
#include "probes/metrics/length.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/metric_inputs.hpp"
#include "tests/program.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;

TEST_CASE("Every metric of the table writes finite variables that the schema knows", "[metrics]") {
  for (const auto* const encoding : {"rope", "pope", "nope", "alibi", "t5", "learned"}) {
    const auto model = made(small_config(encoding));
    for (const auto& row : metrics()) {
      if (row.scope > scope_of(model)) continue;
      DYNAMIC_SECTION(encoding << " " << row.name) {
        const auto file = measured(model, {row.name});
        CHECK(!file.variables.empty());
        for (const auto& [name, array] : file.variables) {
          INFO(name);
          REQUIRE(find_variable(name) != nullptr);
          CHECK(find_variable(name)->dims == array.dims);
          if (name == "metrics/horizon") continue;  // none where no offset is far enough
          if (name == "metrics/s_pos_se" || name == "metrics/s_sym_se")
            continue;  // one text alone is long enough for exchanges
          if (name == "metrics/quadrature_share_positional" && encoding == std::string("nope"))
            continue;  // of nothing
          for (const double v : array.values) REQUIRE(std::isfinite(v));
        }
      }
    }
  }
}

TEST_CASE("A pass that forms some scores collects what one that forms all of them does",
          "[metrics]") {
  auto config = small_config();
  config.head_width = 16;  // which kernels can take
  auto model = made(config);
  const auto all = collect(model, some_texts(), {.moments = true, .every_row = true});
  for (const bool kernels : {false, true}) {
    if (kernels) model.compute_with(engine_for_any(model));
    const auto some = collect(model, some_texts(), {.moments = true});
    for (size_t l = 0; l < 2; ++l) {
      const auto &a = some.layers[l], &b = all.layers[l];
      CHECK((a.logit_error > 0 && a.logit_error < 1e-6));
      for (size_t text = 0; text < 4; ++text) {
        require_close(a.query[text].norm, b.query[text].norm, 1e-5);
      }
      require_close(a.key_moments.total().second, b.key_moments.total().second, 1e-5);
    }
  }
}

TEST_CASE("A horizon is the first offset whose cosines, weighted by usage, sum below 0",
          "[metrics]") {
  for (const double base : {100.0, 1e7}) {  // the slowest chunk then turns by 0.03 or 6e-6 a token
    auto config = small_config();
    config.encoding_options.base = base;
    const auto model = made(config);
    const auto inputs = some_texts();
    const auto statistics = collect(model, inputs, {});
    const MetricInput input{model, inputs, statistics, Averaging::micro, 30};
    ProbeFile file;
    write_length(input, file);
    for (int64_t l = 0; l < 2; ++l) {
      const auto theta = model.encoding(l).theta(), weights = usage_weights(input, l);
      for (int64_t h = 0; h < 4; ++h) {
        const auto sum_at = [&](int64_t offset) {
          double sum = 0;
          for (int64_t f = 0; f < 4; ++f) {
            sum +=
                weights[h][f].item<double>() * std::cos(double(offset) * theta[f].item<double>());
          }
          return sum;
        };
        const double found = file.variables.at("metrics/horizon").values[size_t(l * 4 + h)];
        const auto end = std::isnan(found) ? 3'000 : static_cast<int64_t>(found);
        INFO("base " << base << ", layer " << l << ", head " << h << ", horizon " << found);
        for (int64_t offset = 0; offset < end; ++offset) REQUIRE(sum_at(offset) >= 0);
        if (!std::isnan(found)) CHECK(sum_at(end) < 0);
      }
    }
  }
}

TEST_CASE("No metric changes under the gauge that no logit sees", "[metrics]") {
  auto model = made(small_config());
  const auto before = measured(model);
  change_gauge(model);
  const auto after = measured(model);
  for (const auto& [name, array] : before.variables) {
    const bool own = name.starts_with("samples/") || name == "metrics/resultant";
    if (name.starts_with("samples/")) continue;  // each side by itself
    INFO(name << own);
    for (size_t i = 0; i < array.values.size(); ++i) {
      const double a = array.values[i], b = after.variables.at(name).values[i];
      if (std::isnan(a) && std::isnan(b)) continue;
      REQUIRE(std::abs(a - b) < 2e-3 * (1 + std::abs(a)));  // float32 weights
    }
  }
}

TEST_CASE("PoPE has one phase and no quadrature", "[metrics]") {
  const auto file = measured(made(small_config("pope")), {"cheap"});
  for (const double R : file.variables.at("metrics/resultant").values) CHECK(R == Approx(1));
  for (const double Q : file.variables.at("quadrature_share").values) CHECK(std::abs(Q) < 1e-12);
  for (const double q : file.variables.at("metrics/quadrature_axis").values) {
    CHECK(std::abs(q) < 1e-12);
  }
  const auto rope = measured(made(small_config()), {"cheap"});
  for (const double Q : rope.variables.at("quadrature_share").values) CHECK(Q > 0.01);
}

TEST_CASE("Without rotation all scores are what, and a bias over distance is where", "[metrics]") {
  const auto share = [](const ProbeFile& file, const char* name) {
    return file.variables.at(std::string("metrics/share_") + name).values.back();
  };
  const auto nope = measured(made(small_config("nope")), {"cheap"});
  CHECK(share(nope, "what") == Approx(1));
  auto model = made(small_config("alibi"));
  const c10::NoGradGuard no_grad;
  for (const auto* const layer : {"0", "1"}) {
    model.parameters().at(std::string("blocks.") + layer + ".attn.qkv.weight").zero_();
  }
  const auto alibi = measured(model, {"decomposition"});
  CHECK(share(alibi, "where") == Approx(1));
  CHECK(share(alibi, "what") == Approx(0).margin(1e-12));
}

TEST_CASE("The effective number of frequencies is 1 of one and all of equal ones", "[metrics]") {
  const auto weights = at::tensor({0.0, 3.0, 0.0, 0.0, 2.0, 2.0, 2.0, 2.0}).view({2, 4});
  const auto found = participation_ratio(weights);
  CHECK(found[0].item<double>() == Approx(1));
  CHECK(found[1].item<double>() == Approx(4));
}

TEST_CASE("Keys a phase ahead of queries score most at that distance", "[metrics]") {
  const auto config = small_config();
  const auto model = made(config);
  Statistics statistics;
  statistics.longest = 40;
  const auto theta = model.encoding(0).theta();
  for (int64_t l = 0; l < 2; ++l) {
    LayerStatistics layer;
    const auto fill =
        [&](std::vector<UsageSums>& texts, at::Tensor& samples, int64_t heads, double by) {
          const auto phase = at::zeros({heads, 30, 4}, at::kDouble) + theta * by;
          Chunks chunks{phase.cos() * 2, phase.sin() * 2, {}};
          texts.resize(1);
          add_window(texts[0], chunks, true);
          samples = at::complex(chunks.real, chunks.imaginary);
        };
    fill(layer.query, layer.query_samples, 4, 1.5);
    fill(layer.key, layer.key_samples, 2, 6.5);
    statistics.layers.push_back(std::move(layer));
  }
  ProbeFile file;
  chosen_metrics({"offsets"})
      .front()
      .write({model, some_texts(), statistics, Averaging::micro, 30}, file);
  for (const double offset : file.variables.at("metrics/preferred_offset").values) {
    CHECK(offset == Approx(5));
  }
  for (const double median : file.variables.at("metrics/offset_median").values) CHECK(median == 5);
  for (const double range : file.variables.at("metrics/offset_iqr").values) CHECK(range == 0);
  const auto& kernel = file.variables.at("metrics/kernel");
  CHECK(kernel.values[5] == Approx(4 * 4 / std::sqrt(8.0)));  // four chunks in phase, each 2 x 2
}

TEST_CASE("Offsets of curves are dense near, then five to an octave", "[metrics]") {
  CHECK(curve_lags(3) == std::vector<int64_t>{0, 1, 2});
  const auto lags = curve_lags(1000);
  CHECK(lags[63] == 63);
  CHECK(lags[64] == 64);
  CHECK(lags[69] == 128);
  CHECK(lags.back() < 1000);
}

TEST_CASE("Metrics are refused by name", "[metrics]") {
  CHECK_THAT(test::refusal([] { chosen_metrics({"spred"}); }),
             Contains("'spred'") && Contains("spread"));
  CHECK_THAT(test::refusal([] { chosen_metrics({"spread"}, Scope::offsets); }),
             Contains("'spread' is about frequencies") && Contains("decomposition"));
  CHECK_THAT(test::refusal([] { chosen_metrics({"decomposition"}, Scope::any); }),
             Contains("content and offset alone") && Contains("loss, heads, swaps"));
  CHECK(chosen_metrics({"usage"}).empty());
  CHECK(chosen_metrics({"all"}, Scope::any).size() == 3);
  CHECK(chosen_metrics({"all"}).size() == metrics().size());
}

TEST_CASE("A trained model's metrics equal an independent float64 program's", "[metrics]") {
  const auto found = stories();
  if (!found) return;
  const auto& model = found->loaded.model;
  const auto statistics = collect(model, found->texts, everything());
  const MetricInput input{model, found->texts, statistics, Averaging::micro, 512};
  const auto close =
      [](const at::Tensor& values, const std::vector<double>& expected, double within) {
        const auto off = (values.to(at::kDouble) - at::tensor(expected, at::kDouble)).abs().max();
        CHECK(off.item<double>() < within);
      };
  close(mean_norm(statistics.layers[4].query, Averaging::micro).mean(0),
        {1.1192, 2.1419, 3.8613, 5.4034},
        6e-5);
  close(mean_norm(statistics.layers[4].key, Averaging::micro).mean(0),
        {1.0974, 2.1693, 4.0565, 6.7467},
        6e-5);
  close(resultants(input, 0).mean(0), {0.5869, 0.9283, 0.8882, 0.9749}, 6e-5);
  const auto shares = [&](int64_t l) {
    const auto& layer = statistics.layers[static_cast<size_t>(l)];
    const auto& encoding = model.encoding(l);
    const auto d = decompose(chunk_moments(layer.query_moments.total(), encoding, false),
                             chunk_moments(layer.key_moments.total(), encoding, true),
                             pairing_rule(model, l),
                             curves_over(encoding.theta(), 128));
    const auto total = d.total().sum();
    return at::stack(
               {d.where.sum(), d.what.sum(), d.in_phase.sum(), d.quadrature.sum(), d.cross.sum()}) /
           total;
  };
  close(shares(0), {.3344, .4918, .1464, .0248, .0026}, 6e-5);
  close(shares(4), {.3164, .4612, .1788, .0347, .0088}, 6e-5);
}
