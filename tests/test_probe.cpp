// test_probe.cpp: usage norms against an independent program's, their errors, and the self-check
// that refuses.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/philox.hpp"
#include "models/checkpoint.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/probe.hpp"
#include "probes/statistics.hpp"
#include "tests/catch.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::filesystem::path data(const char* name) { return test::source_root() / "data" / name; }

ProbeOptions stories(const std::filesystem::path& out, const char* file = "stories260K.bin") {
  ProbeOptions options;
  options.checkpoint = data("stories260k") / file;
  options.input.text = data("sonnets/sonnets.txt").string();
  options.input.texts = 3;
  options.device = "cpu";
  options.out = out;
  return options;
}

/// tests/golden/usage_stories260k.py computed it in float64.
Json golden() {
  return Json::parse(read_file(test::source_root() / "tests/golden/usage_stories260k.json"));
}

void check_values(const Array& array, const Json& expected, double tolerance) {
  const auto flat = expected.flatten();
  REQUIRE(array.values.size() == flat.size());
  size_t i = 0;
  for (const auto& rows : expected) {
    std::vector<double> values;
    if (rows.front().is_number()) values = rows.get<std::vector<double>>();
    if (!rows.front().is_number()) {
      for (const auto& row : rows.get<std::vector<std::vector<double>>>()) {
        values.insert(values.end(), row.begin(), row.end());
      }
    }
    for (const double value : values) {
      CHECK(array.values[i++] == Approx(value).epsilon(tolerance));
    }
  }
}

/// Sums of one text: norms of a single head and frequency.
UsageSums sums_of(const std::vector<double>& norms) {
  const auto T = static_cast<int64_t>(norms.size());
  UsageSums sums;
  const auto real = at::tensor(norms, at::kDouble).view({1, T, 1});
  add_window(sums, {real, at::zeros_like(real), {}}, true);
  return sums;
}

/// A small model trained on its task, to be probed on so many questions.
ProbeOptions trained(const std::filesystem::path& folder, const char* encoding, int64_t texts) {
  train(test::small_run(folder / "run", encoding));
  ProbeOptions options;
  options.checkpoint = folder / "run";
  options.input.task = "indirect";
  options.input.texts = texts;
  options.device = "cpu";
  options.out = folder / "a.h5";
  return options;
}

}  // namespace

TEST_CASE("Usage of stories260K equals an independent float64 program's", "[probe]") {
  const test::TemporaryFolder folder;
  const auto expected = golden();
  for (const auto* const file : {"stories260K.bin", "stories260K.gguf"}) {
    DYNAMIC_SECTION(file) {
      const auto done = probe(stories(folder / "a.h5", file));
      CHECK(done.logit_error < 1e-6);
      const auto h5 = read_probe_file(folder / "a.h5");
      for (size_t i = 0; i < 3; ++i) {
        const auto& text = expected["texts"][i];
        CHECK(h5.variables.at("n_tokens").values[i] == static_cast<double>(text["ids"].size()));
        CHECK(h5.variables.at("loss").values[i] ==
              Approx(text["loss"].get<double>()).epsilon(1e-5));
      }
      for (const std::string side : {"query", "key"}) {
        const auto name = side + "_norm_mean";
        check_values(h5.variables.at(name), expected[name], 1e-5);
        check_values(h5.variables.at("per_head/" + name), expected[name + "_per_head"], 1e-5);
      }
    }
  }
}

TEST_CASE("The tokens of the sonnets are the independent program's", "[probe]") {
  auto loaded = load_checkpoint(data("stories260k/stories260K.bin"));
  const auto inputs = read_inputs(stories("").input, loaded, data("stories260k/stories260K.bin"));
  REQUIRE(inputs.texts.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(inputs.texts[i].windows.front().ids == golden()["texts"][i]["ids"]);
  }
}

TEST_CASE("A text's sums depend on nothing but the text", "[probe]") {
  auto loaded = load_checkpoint(data("stories260k/stories260K.bin"));
  auto inputs = read_inputs(stories("").input, loaded, data("stories260k/stories260K.bin"));
  const auto forward = collect(loaded.model, inputs, {});
  std::ranges::reverse(inputs.texts);
  const auto backward = collect(loaded.model, inputs, {});
  for (size_t i = 0; i < 3; ++i) {
    for (size_t l = 0; l < 5; ++l) {
      CHECK(forward.layers[l].query[i].norm.equal(backward.layers[l].query[2 - i].norm));
      CHECK(forward.layers[l].key[i].real.equal(backward.layers[l].key[2 - i].real));
    }
  }
}

TEST_CASE("A long text becomes windows with their own BOS and stays one text", "[probe]") {
  auto options = stories("");
  auto loaded = load_checkpoint(options.checkpoint);
  options.input.window = 50;
  const auto inputs = read_inputs(options.input, loaded, options.checkpoint);
  const auto whole = golden()["texts"][0]["ids"].get<std::vector<int32_t>>();
  REQUIRE(inputs.texts.size() == 3);
  std::vector<int32_t> joined = {1};
  for (const auto& window : inputs.texts[0].windows) {
    CHECK(window.ids.size() <= 50);
    CHECK(window.ids.front() == 1);
    joined.insert(joined.end(), window.ids.begin() + 1, window.ids.end());
  }
  CHECK(joined == whole);
}

TEST_CASE("The first position is left out, or counted where that is asked", "[probe]") {
  UsageSums sums;
  const auto z = at::tensor(std::vector<double>{9, 1, 3}).view({1, 3, 1});
  add_window(sums, {z, at::zeros_like(z), {}}, false);
  CHECK(sums.tokens == 2);
  CHECK(sums.norm.item<double>() == 4);
  CHECK(sums.first.item<double>() == 9);
  CHECK(sums.largest.item<double>() == 3);
  CHECK(sums_of({9, 1, 3}).norm.item<double>() == 13);
}

TEST_CASE("The jackknife error of equal texts is the standard error of their means", "[probe]") {
  // Three texts of two tokens: means 1, 2 and 6; s = sqrt(7).
  const std::vector<UsageSums> texts = {sums_of({0, 2}), sums_of({2, 2}), sums_of({5, 7})};
  for (const auto averaging : {Averaging::micro, Averaging::macro}) {
    const auto estimate = layer_norm_estimate(texts, averaging);
    CHECK(estimate.mean.item<double>() == Approx(3));
    CHECK(estimate.error.item<double>() == Approx(std::sqrt(7.0 / 3)));
  }
  CHECK(std::isnan(layer_norm_estimate({texts[0]}, Averaging::micro).error.item<double>()));
  // Unequal texts: micro pools the tokens, macro the texts.
  const std::vector<UsageSums> unequal = {sums_of({1, 1, 1}), sums_of({5})};
  CHECK(layer_norm_estimate(unequal, Averaging::micro).mean.item<double>() == Approx(2));
  CHECK(layer_norm_estimate(unequal, Averaging::macro).mean.item<double>() == Approx(3));
}

TEST_CASE("An isotropic Gaussian chunk has the variation of its closed form", "[probe]") {
  constexpr int64_t T = 200'000;
  auto draws = at::empty({2, 1, T, 1}, at::kDouble);
  auto* const values = draws.mutable_data_ptr<double>();
  for (int64_t i = 0; i < 2 * T; ++i) values[i] = normal_at(4, 5, static_cast<uint64_t>(i));
  UsageSums sums;
  add_window(sums, {draws[0], draws[1], {}}, true);
  const double mean = sums.norm.item<double>() / T, square = sums.square.item<double>() / T;
  CHECK(std::sqrt(square / (mean * mean) - 1) ==
        Approx(std::sqrt(4 / std::acos(-1.0) - 1)).epsilon(0.01));
  CHECK(std::hypot(sums.real.item<double>(), sums.imaginary.item<double>()) / T < 0.01);
}

TEST_CASE("A model of ours is probed on its task, PoPE with its phases", "[probe]") {
  const test::TemporaryFolder folder;
  auto options = trained(folder.path(), "pope", 20);
  options.train_length = 40;
  probe(options);
  const auto file = read_probe_file(folder / "a.h5");
  CHECK(file.text_attributes.at("pe_type") == "pope");
  CHECK(file.integer_attributes.at("train_length") == 40);
  CHECK(file.text_attributes.at("pe_place") == "scores");
  CHECK(file.integer_attributes.at("training_step") == 30);
  CHECK(file.variables.at("theta").shape == std::vector<size_t>{1, 8});
  CHECK(file.variables.at("query_norm_mean").values[0] > 0.3);
  const auto model = load_model(folder / "run");
  const auto delta = model.parameters().at("blocks.0.attn.delta").clamp(-2 * std::acos(-1.0), 0);
  const auto& stored = file.variables.at("per_head/pope_delta").values;
  for (int64_t i = 0; i < 16; ++i) {
    CHECK(stored[static_cast<size_t>(i)] == Approx(delta.flatten()[i].item<double>()));
  }
}

TEST_CASE("A model without frequencies is probed for what it has", "[probe]") {
  const test::TemporaryFolder folder;
  train(test::small_run(folder / "run", "nope"));
  ProbeOptions options;
  options.checkpoint = folder / "run";
  options.out = folder / "a.h5";
  options.device = "cpu";
  options.input.task = "indirect";
  options.metrics = {"all"};
  options.controls = {"init", "values"};
  probe(options);
  const auto file = read_probe_file(options.out);
  for (const auto* const name :
       {"loss", "query_rest_norm", "metrics/share_what", "metrics/s_pos"}) {
    CHECK(file.variables.contains(name));
  }
  for (const auto* const name : {"theta", "query_norm_mean", "control/query_norm_mean"}) {
    CHECK_FALSE(file.variables.contains(name));
  }
  for (const double on : file.variables.at("pe_enabled").values) CHECK(on == 0);
}

TEST_CASE("What can't be probed is refused by name and nothing is written", "[probe]") {
  const test::TemporaryFolder folder;
  const auto out = folder / "a.h5";
  const auto refused = [&](ProbeOptions options) {
    options.out = out;
    const auto sentence = test::refusal([&] { probe(options); });
    CHECK_FALSE(std::filesystem::exists(out));
    return sentence;
  };
  train(test::small_run(folder / "run", "nope"));
  ProbeOptions ours;
  ours.checkpoint = folder / "run";
  ours.device = "cpu";
  ours.input.task = "indirect";
  ours.metrics = {"spread"};
  CHECK_THAT(refused(ours), Contains("'spread' is about frequencies"));
  auto options = stories(out);
  options.input.text = (folder / "empty.txt").string();
  write_file(options.input.text, "\n\n");
  CHECK_THAT(refused(options), Contains("holds no text"));
  options = stories(out);
  options.checkpoint = folder / "missing.bin";
  CHECK_THAT(refused(options), Contains("does not exist"));
  options = stories(out);
  options.averaging = "median";
  CHECK_THAT(refused(options), Contains("micro or macro"));
  options = stories(out);
  options.input.text.clear();
  options.input.task = "indirect";
  CHECK_THAT(refused(options), Contains("that whatwhere trained"));
  auto damaged = read_file(data("stories260k/stories260K.bin"));
  const float nan = std::nanf("");
  std::memcpy(damaged.data() + 4000, &nan, sizeof nan);
  write_file(folder / "nan.bin", damaged);
  options = stories(out);
  options.checkpoint = folder / "nan.bin";
  options.input.tokenizer = data("stories260k/tok512.bin");
  CHECK_THAT(refused(options), Contains("nan.bin") && Contains("not finite"));
}

TEST_CASE("A file says that its encoding is added to the embedding", "[probe]") {
  const test::TemporaryFolder folder;
  auto options = trained(folder.path(), "learned", 4);
  probe(options);
  CHECK(read_probe_file(options.out).text_attributes.at("pe_place") == "embedding");
}
