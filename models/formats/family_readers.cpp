#include "models/formats/family_readers.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "models/activation_names.hpp"

namespace ww {

namespace {

constexpr int64_t kMostNorms = 1 << 16;

/// Whether the layers from max_window_layers on slide (Qwen); none unless use_sliding_window.
std::vector<bool> qwen_slides(const ConfigReader& config, int64_t layers) {
  const bool used = config.flag("use_sliding_window") && config.has("sliding_window");
  const auto first = config.integer("max_window_layers");
  const auto stated = stated_sliding_layers(config, layers);
  check(used || std::ranges::find(stated, true) == stated.end(),
        "{}: \"layer_types\" names layers that slide, but \"use_sliding_window\" is false or "
        "\"sliding_window\" null",
        config.where());
  return sliding_layers(config, layers, [&](int64_t l) { return used && l >= first; });
}

/// Which layers turn: no_rope_layers (whose 1 means that it does), else all but every fourth.
/// Entries beyond the last layer are not read.
std::vector<bool> turning_layers(const ConfigReader& config, int64_t layers) {
  const auto interval = config.integer("no_rope_layer_interval");
  check(interval > 0, "{}: no_rope_layer_interval cannot be 0", config.where());
  auto listed = config.reals("no_rope_layers");
  check(!config.has("no_rope_layers") || std::ssize(listed) >= layers,
        "{}: \"no_rope_layers\" must have an entry for each of {} layers but has {}",
        config.where(),
        layers,
        listed.size());
  if (std::ssize(listed) > layers) listed.resize(static_cast<size_t>(layers));
  std::vector<bool> turns;
  for (const double entry : listed) {
    check(entry == 0 || entry == 1,
          "{}: \"no_rope_layers\" must hold 0 and 1 alone but has {}",
          config.where(),
          entry);
    turns.push_back(entry == 1);
  }
  for (int64_t l = std::ssize(turns); l < layers; ++l) turns.push_back((l + 1) % interval != 0);
  return turns;
}

/// What Gemma 1 to 3 share: norms stored minus 1, an embedding that is scaled.
void read_gemma_parts(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  auto& c = model.config;
  c.embedding_scale = std::sqrt(static_cast<double>(c.width));
  c.qkv_bias = c.out_bias = config.flag("attention_bias");
  model.names.norm_add = 1;
}

/// Norms before and after attention and MLP, and a scale of its own (Gemma 2 and 3).
void read_gemma_around(const ConfigReader& config, FamilyModel& model) {
  read_gemma_parts(config, model);
  auto& c = model.config;
  c.norm_place = "around";
  c.attention_scale = 1 / std::sqrt(config.positive_or("query_pre_attn_scalar", 256));
  c.score_cap = config.positive_or("attn_logit_softcapping", 0);
  c.logit_cap = config.positive_or("final_logit_softcapping", 0);
  auto& names = model.names;
  names.attn_post_norm = "model.layers.{l}.post_attention_layernorm";
  names.mlp_norm = "model.layers.{l}.pre_feedforward_layernorm";
  names.mlp_post_norm = "model.layers.{l}.post_feedforward_layernorm";
}

}  // namespace

void read_llama(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  model.config.qkv_bias = model.config.out_bias = config.flag("attention_bias");
  model.config.mlp_bias = config.flag("mlp_bias");
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_mistral(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  const bool everywhere = config.has("sliding_window");
  use_windows(config, model, sliding_layers(config, model.config.layers, [&](int64_t) {
                return everywhere;
              }));
  read_rope(config, model);
}

void read_qwen2(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  model.config.qkv_bias = true;
  use_windows(config, model, qwen_slides(config, model.config.layers));
  read_rope(config, model);
}

void read_qwen3(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  model.config.qkv_bias = model.config.out_bias = config.flag("attention_bias");
  model.config.qk_norm = "head";
  use_windows(config, model, qwen_slides(config, model.config.layers));
  read_rope(config, model);
}

void read_gemma(const ConfigReader& config, FamilyModel& model) {
  read_gemma_parts(config, model);
  // The first files say "gelu" and mean the tanh form.
  if (config.text("hidden_act") == "gelu") model.config.activation = "gelu";
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_gemma2(const ConfigReader& config, FamilyModel& model) {
  read_gemma_around(config, model);
  const auto slides =
      sliding_layers(config, model.config.layers, [](int64_t l) { return l % 2 == 0; });
  use_windows(config, model, slides);
  read_rope(config, model);
}

void read_gemma3(const ConfigReader& config, FamilyModel& model) {
  read_gemma_around(config, model);
  auto& c = model.config;
  c.qk_norm = "head";
  const auto pattern = config.integer("sliding_window_pattern");
  check(pattern > 0, "{}: sliding_window_pattern cannot be 0", config.where());
  const auto slides =
      sliding_layers(config, c.layers, [&](int64_t l) { return (l + 1) % pattern != 0; });
  use_windows(config, model, slides);
  read_rope_by_type(config, model, slides);
}

void read_gpt_neox(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  use_layer_norm(config, model, "layer_norm_eps");
  auto& c = model.config;
  c.gated = false;
  c.head_width = c.width / c.heads;  // head_dim, where stated, says how many features turn
  c.parallel = config.flag("use_parallel_residual");
  c.qkv_bias = c.out_bias = config.flag("attention_bias");
  c.mlp_bias = true;
  model.names = {.embed = "gpt_neox.embed_in",
                 .norm = "gpt_neox.final_layer_norm",
                 .head = "embed_out",
                 .attn_norm = "gpt_neox.layers.{l}.input_layernorm",
                 .mlp_norm = "gpt_neox.layers.{l}.post_attention_layernorm",
                 .qkv = "gpt_neox.layers.{l}.attention.query_key_value",
                 .qkv_by_head = true,
                 .out = "gpt_neox.layers.{l}.attention.dense",
                 .up = "gpt_neox.layers.{l}.mlp.dense_h_to_4h",
                 .down = "gpt_neox.layers.{l}.mlp.dense_4h_to_h"};
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_gptj(const ConfigReader& config, FamilyModel& model) {
  auto& c = model.config;
  c.vocabulary = config.integer("vocab_size");
  c.width = config.integer("n_embd");
  c.layers = config.integer("n_layer");
  c.heads = c.key_heads = config.integer("n_head");
  check(c.heads > 0 && c.width > 0 && c.layers <= kLayerLimit,
        "{}: says {} heads for a width of {}, which cannot be",
        config.where(),
        c.heads,
        c.width);
  c.head_width = c.width / c.heads;
  c.hidden = config.integer_or("n_inner", 4 * c.width);
  c.train_length = config.integer("n_positions");
  c.activation = activation_of(config.text("activation_function"), config.where());
  use_layer_norm(config, model, "layer_norm_epsilon");
  c.parallel = c.shared_norm = true;
  c.mlp_bias = c.head_bias = true;
  c.tied = config.flag("tie_word_embeddings");
  c.encoding_options.layout = "adjacent";
  model.names = {.embed = "transformer.wte",
                 .norm = "transformer.ln_f",
                 .head = "lm_head",
                 .attn_norm = "transformer.h.{l}.ln_1",
                 .q = "transformer.h.{l}.attn.q_proj",
                 .k = "transformer.h.{l}.attn.k_proj",
                 .v = "transformer.h.{l}.attn.v_proj",
                 .out = "transformer.h.{l}.attn.out_proj",
                 .up = "transformer.h.{l}.mlp.fc_in",
                 .down = "transformer.h.{l}.mlp.fc_out"};
  refuse_windows(config, model);
  model.ropes = {{.head_width = c.head_width, .width = config.integer("rotary_dim")}};
}

void read_phi(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  use_layer_norm(config, model, "layer_norm_eps");
  auto& c = model.config;
  c.gated = false;
  c.parallel = c.shared_norm = true;
  c.qkv_bias = c.out_bias = c.mlp_bias = c.head_bias = true;
  if (config.flag("qk_layernorm")) {
    c.qk_norm = "head";
    c.qk_norm_bias = true;
  }
  auto& names = model.names;
  names.norm = "model.final_layernorm";
  names.q_norm = "model.layers.{l}.self_attn.q_layernorm";
  names.k_norm = "model.layers.{l}.self_attn.k_layernorm";
  names.out = "model.layers.{l}.self_attn.dense";
  names.up = "model.layers.{l}.mlp.fc1";
  names.down = "model.layers.{l}.mlp.fc2";
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_phi3(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  const auto layers = model.config.layers;
  model.names.qkv = "model.layers.{l}.self_attn.qkv_proj";
  model.names.gate_up = "model.layers.{l}.mlp.gate_up_proj";
  stated_sliding_layers(config, layers);  // they change nothing, but they must be sound
  const std::vector<bool> slides(static_cast<size_t>(layers), config.has("sliding_window"));
  use_windows(config, model, slides);
  read_rope(config, model);
}

void read_olmo(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  auto& c = model.config;
  c.norm = "layer";
  c.norm_weight = false;
  c.norm_epsilon = 1e-5;
  c.qkv_clip = config.positive_or("clip_qkv", 0);
  c.qkv_bias = c.out_bias = config.flag("attention_bias");
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_olmo2(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  auto& c = model.config;
  c.norm_place = "after";
  c.qk_norm = "full";
  c.qkv_bias = c.out_bias = config.flag("attention_bias");
  model.names.attn_post_norm = "model.layers.{l}.post_attention_layernorm";
  model.names.mlp_post_norm = "model.layers.{l}.post_feedforward_layernorm";
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_stablelm(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  use_layer_norm(config, model, "layer_norm_eps");
  auto& c = model.config;
  check(c.head_width == c.width / c.heads,
        "{}: \"head_dim\" is {}, but heads of this family are hidden_size / num_attention_heads "
        "wide, {}",
        config.where(),
        c.head_width,
        c.width / c.heads);
  c.qkv_bias = config.flag("use_qkv_bias");
  c.parallel = c.shared_norm = config.flag("use_parallel_residual");
  if (config.flag("qk_layernorm")) c.qk_norm = "heads";  // a tensor for each
  check(c.qk_norm == "none" || (c.heads <= kMostNorms / c.layers && c.key_heads <= c.heads),
        "{}: says {} heads in {} layers, each with a norm, which cannot be",
        config.where(),
        c.heads,
        c.layers);
  model.names.q_norm = "model.layers.{l}.self_attn.q_layernorm.norms.{h}";
  model.names.k_norm = "model.layers.{l}.self_attn.k_layernorm.norms.{h}";
  refuse_windows(config, model);
  read_rope(config, model);
}

void read_smollm3(const ConfigReader& config, FamilyModel& model) {
  read_common(config, model);
  auto& c = model.config;
  c.qkv_bias = c.out_bias = config.flag("attention_bias");
  c.mlp_bias = config.flag("mlp_bias");
  read_rope(config, model);
  auto still = model.ropes.front();
  still.type = "none";
  model.ropes.push_back(still);
  for (const bool turned : turning_layers(config, c.layers)) {
    c.layer_tables.push_back(turned ? 0 : 1);
  }
  const bool used = config.flag("use_sliding_window") && config.has("sliding_window");
  const auto slides = sliding_layers(config, c.layers, [&](int64_t l) {
    return used && c.layer_tables[static_cast<size_t>(l)] == 1;
  });
  use_windows(config, model, slides);
}

}  // namespace ww
