// test_config_refusals.cpp: a config.json that the families' own code would read otherwise, or not
// at all, is refused by the key that is wrong.

#include <fmt/ranges.h>

#include "models/config_json.hpp"
#include "models/formats/families.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

struct Wrong {
  const char* family;
  Json change;
  const char* named;  // what the refusal must name
};

/// A small model of the family: two layers, heads of eight features.
Json small_config(const std::string& family, const Json& change) {
  Json config = {{"model_type", family},
                 {"vocab_size", 8},
                 {"hidden_size", 16},
                 {"num_hidden_layers", 2},
                 {"num_attention_heads", 2},
                 {"head_dim", 8},
                 {"intermediate_size", 8},
                 {"max_position_embeddings", 64}};
  config.update(change);
  return config;
}

/// What a user is told of a configuration that is read.
std::string notes(const std::string& family, const Json& change) {
  const auto model = read_family(small_config(family, change), "config.json");
  return fmt::format("{}", fmt::join(model.notes, "\n"));
}

/// The sentence it is refused with, or none.
std::string answer(const std::string& family, const Json& change) {
  try {
    const auto model = read_family(small_config(family, change), "config.json");
    for (const auto& rope : model.ropes) frequency_table(rope, 0, "config.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

void refuses(const std::vector<Wrong>& battery) {
  for (const auto& wrong : battery) {
    INFO(wrong.family << ": " << wrong.change.dump());
    CHECK_THAT(answer(wrong.family, wrong.change),
               Contains("config.json") && Contains(wrong.named));
  }
}

/// What llama3 needs beside a factor.
const Json kLlama3 = {{"low_freq_factor", 1}, {"high_freq_factor", 4}};

void notes_all(const std::vector<Wrong>& battery) {
  for (const auto& told : battery) {
    INFO(told.family << ": " << told.change.dump());
    CHECK_THAT(notes(told.family, told.change), Contains("config.json") && Contains(told.named));
  }
}

void accepts(const std::vector<std::pair<const char*, Json>>& battery) {
  for (const auto& [family, change] : battery) {
    INFO(family << ": " << change.dump());
    CHECK(answer(family, change).empty());
  }
}

}  // namespace

TEST_CASE("Scales, caps and shares that are not positive are refused", "[families]") {
  refuses({{"gemma2", {{"query_pre_attn_scalar", -5}, {"sliding_window", 4}}, "query_pre_attn"},
           {"gemma2", {{"query_pre_attn_scalar", 0}, {"sliding_window", 4}}, "query_pre_attn"},
           {"gemma2", {{"attn_logit_softcapping", -5}, {"sliding_window", 4}}, "attn_logit_soft"},
           {"gemma2", {{"attn_logit_softcapping", 0}, {"sliding_window", 4}}, "attn_logit_soft"},
           {"gemma2", {{"final_logit_softcapping", -1}, {"sliding_window", 4}}, "final_logit_soft"},
           {"olmo", {{"clip_qkv", -1}}, "clip_qkv"},
           {"olmo", {{"clip_qkv", 0}}, "clip_qkv"},
           {"phi", {{"partial_rotary_factor", -0.5}}, "partial_rotary_factor"},
           {"stablelm", {{"partial_rotary_factor", 0}}, "partial_rotary_factor"},
           {"llama", {{"rope_parameters", {{"partial_rotary_factor", 1.5}}}}, "partial_rotary"},
           {"gpt_neox", {{"rotary_pct", -1}}, "rotary_pct"}});
  accepts({{"gemma2", {{"attn_logit_softcapping", nullptr}, {"sliding_window", 4}}},
           {"olmo", {{"clip_qkv", nullptr}}},
           {"llama", {{"partial_rotary_factor", 1}}}});
}

TEST_CASE("Lists of layers that are not one entry a layer, and unknown entries, are refused",
          "[families]") {
  const auto window = [](Json types) {
    return Json{{"layer_types", std::move(types)}, {"sliding_window", 4}};
  };
  for (const auto* const family : {"qwen2", "qwen3", "gemma2", "gemma3_text", "smollm3"}) {
    refuses({{family, window({"full_attention"}), "layer_types"},
             {family, window(std::vector<std::string>(3, "full_attention")), "layer_types"},
             {family, window({"full_attention", "chunked_attention"}), "chunked_attention"}});
    auto sliding = window({"full_attention", "sliding_attention"});
    if (std::string(family).starts_with("qwen")) sliding["use_sliding_window"] = true;
    accepts({{family, sliding}});
  }
  refuses({{"smollm3", {{"no_rope_layers", {1}}}, "no_rope_layers"},
           {"smollm3", {{"no_rope_layers", {1, 0.5}}}, "no_rope_layers"},
           {"smollm3", {{"no_rope_layers", {-7, 1}}}, "no_rope_layers"}});
  accepts(
      {{"smollm3", {{"no_rope_layers", {1, 0}}}}, {"smollm3", {{"no_rope_layers", {1, 0, 1}}}}});
}

TEST_CASE("Layers that slide need the width of their window", "[families]") {
  const Json slides = {{"layer_types", {"full_attention", "sliding_attention"}}};
  refuses({{"gemma3_text", {{"sliding_window", nullptr}}, "sliding_window"},
           {"gemma2", {{"sliding_window", nullptr}}, "sliding_window"},
           {"qwen2", slides, "use_sliding_window"},
           {"llama", slides, "layer_types"},
           {"mistral", {{"sliding_window", 0}}, "sliding_window"}});
  accepts({{"mistral", {{"sliding_window", nullptr}}},
           {"phi3", Json::object()},
           {"gemma3_text", Json::object()},
           {"qwen2", {{"use_sliding_window", true}, {"sliding_window", nullptr}}},
           {"qwen2", {{"use_sliding_window", false}, {"max_window_layers", 1}}},
           {"qwen2", {{"use_sliding_window", true}, {"max_window_layers", 2}}}});
}

TEST_CASE("Rotary factors that cannot be are refused by name", "[families]") {
  const auto rope = [](const char* type, Json more) {
    more["rope_type"] = type;
    more["original_max_position_embeddings"] = 16;
    if (type == std::string("llama3")) more.insert(kLlama3.begin(), kLlama3.end());
    return Json{{"rope_parameters", std::move(more)}};
  };
  const Json four = {1, 1, 2, 3};
  for (const auto* const type : {"linear", "dynamic", "yarn", "longrope", "llama3"}) {
    for (const double factor : {0.0, -8.0, 1e7, 1e300}) {
      refuses({{"llama",
                rope(type, {{"factor", factor}, {"short_factor", four}, {"long_factor", four}}),
                "factor must be above 0 and at most"}});
    }
    accepts(
        {{"llama", rope(type, {{"factor", 2}, {"short_factor", four}, {"long_factor", four}})}});
  }
  refuses({{"llama", rope("yarn", {{"factor", 2}, {"attention_factor", 0}}), "attention_factor"},
           {"llama", rope("yarn", {{"factor", 2}, {"attention_factor", -1}}), "attention_factor"},
           {"llama",
            rope("yarn", {{"factor", 2}, {"mscale", -100}, {"mscale_all_dim", -50}}),
            "mscale"},
           {"llama", rope("llama3", {{"factor", 8}, {"low_freq_factor", -1}}), "low_freq"},
           {"llama", rope("yarn", Json::object()), "\"factor\""},
           {"phi3", rope("linear", {{"factor", 8}}), "longrope"}});
}

TEST_CASE("Both lists of longrope are held to the frequencies, whichever a text needs",
          "[families]") {
  const auto longrope = [](const Json& near, const Json& far) {
    return Json{{"rope_scaling",
                 {{"type", "longrope"},
                  {"factor", 2},
                  {"original_max_position_embeddings", 32},
                  {"short_factor", near},
                  {"long_factor", far}}}};
  };
  const Json good = {1, 1, 1, 1};
  refuses({{"llama", longrope(good, {1, 2}), "long_factor"},
           {"llama", longrope(good, nullptr), "long_factor"},
           {"llama", longrope(good, {-1, 2, 3, 4}), "long_factor"},
           {"llama", longrope(good, {0, 2, 3, 4}), "long_factor"},
           {"llama", longrope({1, 1, 1}, good), "short_factor"}});
  accepts({{"llama", longrope(good, {1, 2, 3, 4})}});
}

TEST_CASE("Where rotary parameters contradict each other a note says which count", "[families]") {
  const Json linear = {{"rope_type", "linear"}, {"factor", 8}};
  const auto both = [](const Json& scaling, const Json& parameters) {
    return Json{{"rope_scaling", scaling}, {"rope_parameters", parameters}};
  };
  notes_all(
      {{"llama",
        {{"rope_scaling", {{"type", "linear"}, {"rope_type", "default"}, {"factor", 8}}}},
        "\"type\""},
       {"llama", both(linear, {{"rope_type", "default"}, {"rope_theta", 1e4}}), "rope_scaling"},
       {"llama", {{"rope_theta", 5e5}, {"rope_parameters", {{"rope_theta", 1e4}}}}, "rope_theta"},
       {"gpt_neox", {{"rope_theta", 5e5}, {"rotary_emb_base", 1e4}}, "\"rope_theta\""},
       {"llama", {{"rope_scaling", {{"factor", 8}}}}, "\"factor\""},
       {"llama", {{"rope_parameters", {{"rope_type", "default"}, {"factor", 8}}}}, "\"factor\""},
       {"llama", {{"rope_parameters", {{"partial_rotary_factor", 0.5}}}}, "turn whole"},
       {"gemma3_text", {{"rope_parameters", {{"rope_theta", 500}}}}, "\"rope_theta\" beside"}});
  for (const auto& [family, change] : std::vector<std::pair<const char*, Json>>{
           {"llama", both(linear, linear)},
           {"llama", {{"rope_theta", 1e4}, {"rope_parameters", {{"rope_theta", 1e4}}}}},
           {"phi3",
            {{"rope_scaling",
              {{"rope_type", "longrope"},
               {"short_factor", {1, 1, 1, 1}},
               {"long_factor", {1, 1, 1, 1}}}}}}}) {
    CHECK(notes(family, change).empty());
  }
}

TEST_CASE("Rotary parameters by type of layer are refused where all layers turn alike",
          "[families]") {
  const Json apart = {{"full_attention", {{"rope_theta", 500}, {"rope_type", "default"}}},
                      {"sliding_attention", {{"rope_theta", 1e4}, {"rope_type", "default"}}}};
  const Json full = {{"full_attention", {{"rope_theta", 500}}}};
  refuses({{"llama", {{"rope_parameters", apart}}, "by type of layer"},
           {"qwen2", {{"rope_parameters", full}}, "by type of layer"}});
  accepts({{"gemma3_text", {{"rope_parameters", apart}}},
           {"gemma3_text", {{"rope_parameters", full}}}});
}

TEST_CASE("Keys that a family does not have are named in a note and change nothing", "[families]") {
  notes_all({{"llama", {{"partial_rotary_factor", 0.5}}, "\"partial_rotary_factor\""},
             {"gpt_neox", {{"num_key_value_heads", 1}}, "\"num_key_value_heads\""},
             {"gemma3_text", {{"attn_logit_softcapping", 5.0}}, "\"attn_logit_softcapping\""}});
  CHECK(notes("llama", {{"torch_dtype", "bfloat16"}, {"use_cache", true}}).empty());
  CHECK(read_family(small_config("gpt_neox", {{"num_key_value_heads", 1}}), "a").config.key_heads ==
        2);
}

TEST_CASE("Attention to what follows is refused", "[families]") {
  for (const auto& row : families()) {
    for (const Json& no : {Json(false), Json(nullptr)}) {
      CHECK_THAT(answer(row.model_type, {{"is_causal", no}}), Contains("is_causal"));
    }
  }
  refuses(
      {{"gemma3_text", {{"use_bidirectional_attention", true}}, "use_bidirectional_attention"}});
}

TEST_CASE("A model of text beside other parts is tied as its outer configuration says",
          "[families]") {
  const auto tied = [](const Json& outer, const Json& text) {
    Json config = outer;
    config["text_config"] = small_config("gemma3_text", text);
    return read_family(config, "config.json").config.tied;
  };
  const Json yes = {{"tie_word_embeddings", true}}, no = {{"tie_word_embeddings", false}};
  CHECK(tied({{"model_type", "gemma3"}}, no));
  CHECK_FALSE(tied({{"model_type", "gemma3"}, {"tie_word_embeddings", false}}, yes));
  CHECK_FALSE(tied({{"model_type", "llava"}}, no));
  CHECK(tied({{"model_type", "llava"}}, Json::object()));
}

TEST_CASE("JSON that names a key twice, or goes on after its end, is refused", "[families]") {
  const auto refused = [](const std::string& text) {
    return test::refusal([&] { parse_json(text, "config.json"); });
  };
  CHECK(parse_json(R"({"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}], "b": 2})", "a").size() == 3);
  CHECK_THAT(refused(R"({"rope_theta": 1, "rope_theta": 2})"), Contains("\"rope_theta\" twice"));
  CHECK_THAT(refused(R"({"a": [{"b": 1, "c": 2, "b": 1}]})"), Contains("\"b\" twice"));
  CHECK_THAT(refused(R"({"a": 1}x)"), Contains("damaged at byte"));
  CHECK_THAT(refused(std::string("{\"a\": 1}\0 x", 11)), Contains("damaged at byte"));
}
