// test_gguf_keys.cpp: every key of a GGUF's architecture is read, known to say nothing, or refused
// by name; and what those of rotation and windows mean.

#include <cmath>

#include "models/formats/gguf_keys.hpp"
#include "models/formats/gguf_model.hpp"
#include "models/formats/rope_scaling.hpp"
#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/gguf_builder.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using namespace ww::test;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

/// Metadata alone matters here: of the tensors there is the embedding.
Json small_metadata(const std::string& arch) {
  const auto a = arch + ".";
  return {{"general.architecture", "string", arch},
          {a + "block_count", "u32", 4},
          {a + "embedding_length", "u32", 16},
          {a + "feed_forward_length", "u32", 8},
          {a + "context_length", "u32", 64},
          {a + "attention.head_count", "u32", 2},
          {a + "attention.layer_norm_rms_epsilon", "f32", 1e-5},
          {a + "attention.layer_norm_epsilon", "f32", 1e-5},
          {a + "rope.freq_base", "f32", 100.0}};
}

SourceModel read_with(const std::string& arch, const Json& more) {
  const test::TemporaryFolder folder;
  auto metadata = small_metadata(arch);
  for (const auto& pair : more) {
    std::erase_if(metadata.get_ref<Json::array_t&>(),
                  [&](const Json& old) { return old[0] == pair[0]; });
    metadata.push_back(pair);
  }
  const std::vector<Written> tensors = {
      {"token_embd.weight", {8, 16}, std::vector<float>(8 * 16, 0)}};
  write_file(folder / "a.gguf", gguf_file(metadata, tensors));
  return read_gguf(folder / "a.gguf");
}

FrequencyTable table_with(const std::string& arch, const Json& more, size_t which = 0) {
  return frequency_table(read_with(arch, more).ropes.at(which), 64, "a.gguf");
}

Json scaled(const char* type, double factor) {
  return {{"llama.rope.scaling.type", "string", type},
          {"llama.rope.scaling.factor", "f32", factor}};
}

Json with(Json pairs, const Json& more) {
  for (const auto& pair : more) pairs.push_back(pair);
  return pairs;
}

const Json kStrength = {{"llama.rope.scaling.attn_factor", "f32", 0.5}};

}  // namespace

TEST_CASE("A GGUF key that nobody reads is refused by name", "[gguf]") {
  for (const auto* const key : {"logit_scale",
                                "residual_scale",
                                "embedding_scale",
                                "attention.scale",
                                "rope.dimension_sections",
                                "attention.sliding_window",
                                "no_such_key"}) {
    INFO(key);
    CHECK_THAT(test::refusal([&] {
                 read_with("llama", {{"llama." + std::string(key), "u32", 3}});
               }),
               Contains("llama." + std::string(key)) && Contains("not supported"));
  }
  for (const auto* const key : {"vocab_size", "rope.scaling.finetuned", "pooling_type"}) {
    INFO(key);
    CHECK(read_with("llama", {{"llama." + std::string(key), "u32", 0}}).format == "gguf");
  }
  for (const auto* const key : {"expert_count", "nextn_predict_layers"}) {
    CHECK(read_with("llama", {{"llama." + std::string(key), "u32", 0}}).format == "gguf");
    CHECK_THAT(test::refusal([&] {
                 read_with("llama", {{"llama." + std::string(key), "u32", 2}});
               }),
               Contains(key));
  }
}

TEST_CASE("A GGUF's attention strength multiplies what its rope type gives", "[gguf]") {
  const double yarn = 1 + 0.1 * std::log(4.0);
  CHECK(table_with("llama", {}).factor == 1);
  CHECK(table_with("llama", kStrength).factor == Approx(0.5));
  CHECK(table_with("llama", scaled("linear", 4)).factor == 1);
  CHECK(table_with("llama", with(scaled("linear", 4), kStrength)).factor == Approx(0.5));
  CHECK(table_with("llama", scaled("yarn", 4)).factor == Approx(yarn));
  CHECK(table_with("llama", with(scaled("yarn", 4), kStrength)).factor == Approx(0.5 * yarn));
}

TEST_CASE("A GGUF without a factor, or with 0, is not scaled, whatever its rope type", "[gguf]") {
  const auto plain = table_with("llama", {});
  for (const auto* const type : {"none", "linear", "yarn"}) {
    INFO(type);
    CHECK(table_with("llama", {{"llama.rope.scaling.type", "string", type}}) == plain);
    CHECK(table_with("llama", scaled(type, 0)) == plain);
  }
  CHECK(table_with("llama", scaled("none", 4)) == plain);
}

TEST_CASE("A GGUF's yarn ramps between its own betas, and other strengths of yarn are refused",
          "[gguf]") {
  const auto usual = table_with("llama", scaled("yarn", 4));
  const Json stated = {{"llama.rope.scaling.yarn_beta_fast", "f32", 32.0},
                       {"llama.rope.scaling.yarn_beta_slow", "f32", 1.0}};
  const Json steep = {{"llama.rope.scaling.yarn_beta_fast", "f32", 2.0}};
  CHECK(table_with("llama", with(scaled("yarn", 4), stated)) == usual);
  CHECK_FALSE(table_with("llama", with(scaled("yarn", 4), steep)) == usual);
  for (const auto* const key : {"yarn_ext_factor", "yarn_attn_factor"}) {
    const auto name = std::string("llama.rope.scaling.") + key;
    CHECK(table_with("llama", with(scaled("yarn", 4), {{name, "f32", 1.0}})) == usual);
    CHECK_THAT(test::refusal([&] {
                 read_with("llama", with(scaled("yarn", 4), {{name, "f32", 0.5}}));
               }),
               Contains(name));
  }
}

TEST_CASE("A GGUF's pattern of windows is a period or a list", "[gguf]") {
  const auto windows = [](const std::string& arch, const Json& pattern) {
    Json more = {{arch + ".attention.sliding_window", "u32", 5}};
    if (!pattern.is_null()) more.push_back(pattern);
    return read_with(arch, more).config.windows;
  };
  using Windows = std::vector<int64_t>;
  const auto period = [](const std::string& arch, int n) {
    return Json{arch + ".attention.sliding_window_pattern", "u32", n};
  };
  CHECK(windows("gemma2", nullptr) == Windows{5, 0, 5, 0});
  CHECK(windows("gemma2", period("gemma2", 3)) == Windows{5, 5, 0, 5});
  CHECK(windows("gemma3", nullptr) == Windows{5, 5, 5, 5});
  CHECK(windows("gemma3", period("gemma3", 2)) == Windows{5, 0, 5, 0});
  CHECK(windows("gemma3", period("gemma3", 1)) == Windows{0, 0, 0, 0});
  CHECK(windows("olmo2", nullptr) == Windows{5, 5, 5, 0});
  const Json list = {"olmo2.attention.sliding_window_pattern", "bools", {false, true, false, true}};
  CHECK(windows("olmo2", list) == Windows{0, 5, 0, 5});
  const Json few = {"olmo2.attention.sliding_window_pattern", "bools", {false, true}};
  CHECK_THAT(test::refusal([&] { windows("olmo2", few); }), Contains("each of 4 layers"));
}

TEST_CASE("Layers of OLMo 3 that slide are not scaled", "[gguf]") {
  const Json yarn = {{"olmo2.attention.sliding_window", "u32", 5},
                     {"olmo2.rope.scaling.type", "string", "yarn"},
                     {"olmo2.rope.scaling.factor", "f32", 4.0}};
  CHECK(table_with("olmo2", yarn, 0).factor > 1);
  CHECK(table_with("olmo2", yarn, 1) == table_with("olmo2", {}, 0));
}

TEST_CASE("A GGUF that attends to what follows is refused", "[gguf]") {
  CHECK_THAT(test::refusal([&] {
               read_with("qwen2", {{"qwen2.attention.causal", "bool", false}});
             }),
             Contains("attention.causal"));
  CHECK(read_with("qwen2", {{"qwen2.attention.causal", "bool", true}}).format == "gguf");
}

TEST_CASE("A GGUF's number may be a list of equal numbers, a layer each", "[gguf]") {
  const auto hidden = [](const Json& values) {
    return read_with("llama", {{"llama.feed_forward_length", "u32s", values}}).config.hidden;
  };
  CHECK(hidden({8, 8, 8, 8}) == 8);
  CHECK_THAT(test::refusal([&] {
               hidden({8, 8, 16, 8});
             }),
             Contains("feed_forward_length") && Contains("layer to layer"));
}

TEST_CASE("A key that a GGUF model needs is refused as missing, of another kind, or no number",
          "[gguf]") {
  CHECK_THAT(test::refusal([&] {
               const test::TemporaryFolder folder;
               auto metadata = small_metadata("llama");
               metadata.erase(1);
               write_file(folder / "a.gguf", gguf_file(metadata, std::vector<Written>{}));
               read_gguf(folder / "a.gguf");
             }),
             Contains("has no 'llama.block_count'"));
  CHECK_THAT(test::refusal([&] {
               read_with("llama", {{"llama.block_count", "string", "four"}});
             }),
             Contains("'llama.block_count' must be a number"));
}

TEST_CASE("A big-endian GGUF is said to be one", "[gguf]") {
  const test::TemporaryFolder folder;
  write_file(folder / "a.gguf", std::string("GGUF\0\0\0\3", 8) + std::string(16, '\0'));
  CHECK_THAT(test::refusal([&] { read_gguf(folder / "a.gguf"); }), Contains("big-endian"));
  write_file(folder / "a.gguf", std::string("GGUF\7\0\0\0", 8) + std::string(16, '\0'));
  CHECK_THAT(test::refusal([&] { read_gguf(folder / "a.gguf"); }), Contains("version 7"));
}
