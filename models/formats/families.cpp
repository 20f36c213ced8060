// families.cpp: the table of families, and what each makes of its config.json.

#include "models/formats/families.hpp"

#include <fmt/ranges.h>

#include <cmath>

#include "base/check.hpp"
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

std::string activation_of(const ConfigReader& config, const std::string& name) {
  if (name == "silu" || name == "swish") return "silu";
  if (name == "gelu") return "gelu-exact";
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast") return "gelu";
  if (name == "relu") return "relu";
  refuse(
      "{}: the activation '{}' is not supported; there are: silu, gelu, gelu_new, "
      "gelu_pytorch_tanh, relu",
      config.where(),
      name);
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
  c.train_length = config.integer_or("max_position_embeddings", 0);
  c.activation = activation_of(config, config.text_or("hidden_act", "silu"));
  c.gated = true;
  c.norm_epsilon = config.real_or("rms_norm_eps", 1e-6);
  c.tied = config.flag_or("tie_word_embeddings", false);
  c.encoding = "rope";
  c.encoding_options.layout = "half";
  model.names = llama_names();
}

void use_layer_norm(const ConfigReader& config, FamilyModel& model, const char* key) {
  model.config.norm = "layer";
  model.config.norm_bias = true;
  model.config.norm_epsilon = config.real_or(key, 1e-5);
}

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

FamilyModel read_family(const nlohmann::json& object, const std::string& where) {
  const ConfigReader outer(object, where);
  const bool nested = outer.has("text_config");  // a model of text beside other parts
  const ConfigReader config(nested ? object.at("text_config") : object, where);
  const auto type = config.text("model_type");
  for (const auto* const key :
       {"quantization_config", "num_local_experts", "num_experts", "use_bidirectional_attention"}) {
    outer.refuse_if_set(key);
    config.refuse_if_set(key);
  }
  std::vector<std::string> known;
  for (const auto& row : families()) {
    known.emplace_back(row.model_type);
    if (type != row.model_type) continue;
    FamilyModel model;
    row.read(config, model);
    return model;
  }
  refuse("{}: the model type '{}' is not supported; there are: {}",
         where,
         type,
         fmt::join(known, ", "));
}

}  // namespace ww
