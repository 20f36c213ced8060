// families.cpp: the table of families, and what each makes of its config.json.

#include "models/formats/families.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "models/activation_names.hpp"
#include "models/formats/family_defaults.hpp"
#include "models/formats/family_readers.hpp"

namespace ww {

const std::vector<FamilyRow>& families() {
  static const std::vector<FamilyRow> table = {
      {"llama", "Llama 1-3, SmolLM2", read_llama},
      {"mistral", "Mistral", read_mistral},
      {"qwen2", "Qwen2, Qwen2.5", read_qwen2},
      {"qwen3", "Qwen3", read_qwen3},
      {"gemma", "Gemma", read_gemma},
      {"gemma2", "Gemma 2", read_gemma2},
      {"gemma3_text", "Gemma 3", read_gemma3},
      {"gpt_neox", "GPT-NeoX, Pythia", read_gpt_neox},
      {"gptj", "GPT-J", read_gptj},
      {"phi", "Phi-1, Phi-2", read_phi},
      {"phi3", "Phi-3, Phi-4-mini", read_phi3},
      {"olmo", "OLMo", read_olmo},
      {"olmo2", "OLMo 2", read_olmo2},
      {"stablelm", "StableLM", read_stablelm},
      {"smollm3", "SmolLM3", read_smollm3},
  };
  return table;
}

void read_common(const ConfigReader& config, FamilyModel& model) {
  auto& c = model.config;
  c.vocabulary = config.integer("vocab_size");
  c.width = config.integer("hidden_size");
  c.layers = config.integer("num_hidden_layers");
  c.heads = config.integer("num_attention_heads");
  check(c.heads > 0 && c.layers > 0 && c.layers <= kLayerLimit && c.width > 0,
        "{}: says {} heads, {} layers and a width of {}, which cannot be",
        config.where(),
        c.heads,
        c.layers,
        c.width);
  c.key_heads = config.integer_or("num_key_value_heads", c.heads);
  c.head_width = config.integer_or("head_dim", c.width / c.heads);
  c.hidden = config.integer("intermediate_size");
  c.train_length = config.integer("max_position_embeddings");
  const bool gemma = config.has("hidden_activation");
  c.activation =
      activation_of(config.text(gemma ? "hidden_activation" : "hidden_act"), config.where());
  c.gated = true;
  if (config.has("rms_norm_eps")) c.norm_epsilon = config.real("rms_norm_eps");
  c.tied = config.flag("tie_word_embeddings");
  c.encoding = "rope";
  c.encoding_options.layout = "half";
  model.names = llama_names();
}

void use_layer_norm(const ConfigReader& config, FamilyModel& model, const char* key) {
  model.config.norm = "layer";
  model.config.norm_bias = true;
  model.config.norm_epsilon = config.real(key);
}

namespace {

using Json = nlohmann::json;

/// Models of text beside other parts whose class ties the embeddings unless it is told otherwise.
constexpr std::string_view kTiedWrappers[] = {"gemma3",
                                              "paligemma",
                                              "mistral3",
                                              "internvl",
                                              "aya_vision",
                                              "got_ocr2",
                                              "ovis2",
                                              "lighton_ocr"};

/// The outer configuration decides; where it says nothing, its class, then the model of text.
bool is_tied_around(const Json& outer, const Json& text) {
  const auto* const key = "tie_word_embeddings";
  const ConfigReader around(outer, "config.json"), within(text, "config.json: text_config");
  if (around.has(key)) return around.flag(key);
  const auto type = around.text_or("model_type", "");
  if (std::ranges::find(kTiedWrappers, type) != std::end(kTiedWrappers)) return true;
  const auto& defaults = family_defaults(within.text("model_type"));
  return within.flag_or(key, defaults.at(key).get<bool>());
}

}  // namespace

TensorNames llama_names() {
  return {.embed = "model.embed_tokens",
          .norm = "model.norm",
          .head = "lm_head",
          .attn_norm = "model.layers.{l}.input_layernorm",
          .mlp_norm = "model.layers.{l}.post_attention_layernorm",
          .q = "model.layers.{l}.self_attn.q_proj",
          .k = "model.layers.{l}.self_attn.k_proj",
          .v = "model.layers.{l}.self_attn.v_proj",
          .q_norm = "model.layers.{l}.self_attn.q_norm",
          .k_norm = "model.layers.{l}.self_attn.k_norm",
          .out = "model.layers.{l}.self_attn.o_proj",
          .gate = "model.layers.{l}.mlp.gate_proj",
          .up = "model.layers.{l}.mlp.up_proj",
          .down = "model.layers.{l}.mlp.down_proj"};
}

namespace {

const FamilyRow& family_row(const std::string& type, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& row : families()) {
    if (type == row.model_type) return row;
    known.emplace_back(row.model_type);
  }
  refuse("{}: the model type '{}' is not supported; there are: {}",
         where,
         type,
         fmt::join(known, ", "));
}

/// Attention to what follows is not something the decoder does.
void refuse_unsupported(const ConfigReader& config) {
  config.refuse_if_set("use_bidirectional_attention");
  check(config.flag_or("is_causal", false),
        "{}: \"is_causal\" is not true: the model attends to what follows too, which is not "
        "supported",
        config.where());
}

}  // namespace

FamilyModel read_family(const Json& object, const std::string& where) {
  const ConfigReader outer(object, where);
  const bool nested = outer.has("text_config");  // a model of text beside other parts
  auto stated = nested ? object.at("text_config") : object;
  const auto type = ConfigReader(stated, where).text("model_type");
  const auto& row = family_row(type, where);
  for (const auto& reader : {outer, ConfigReader(stated, where)}) {
    reader.refuse_if_set("quantization_config");
  }
  if (nested) stated["tie_word_embeddings"] = is_tied_around(object, stated);
  FamilyModel model;
  const auto filled = with_defaults(stated, type, where, model.notes);
  const ConfigReader config(filled, where);
  refuse_unsupported(config);
  row.read(config, model);
  return model;
}

}  // namespace ww
