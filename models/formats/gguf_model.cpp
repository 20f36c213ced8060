#include "models/formats/gguf_model.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "models/formats/gguf.hpp"
#include "models/formats/gguf_keys.hpp"
#include "models/formats/gguf_rope.hpp"
#include "models/formats/names.hpp"

namespace ww {

namespace {

void gated_silu(ModelConfig& c) {
  c.activation = "silu";
  c.gated = true;
}

void layer_norm(ModelConfig& c, const GgufKeys& keys) {
  c.norm = "layer";
  c.norm_bias = true;
  c.norm_epsilon = keys.real("attention.layer_norm_epsilon");
}

/// Of every `period` layers all but the last slide; 0: all do, as for llama.cpp. A list says it of
/// each layer.
std::vector<bool> sliding_layers(const GgufKeys& keys, int64_t layers, int64_t period) {
  const auto* const key = "attention.sliding_window_pattern";
  if (const auto listed = keys.flags(key, layers)) return *listed;
  period = keys.integer_or(key, period);
  std::vector<bool> slides;
  for (int64_t l = 0; l < layers; ++l) slides.push_back(period == 0 || l % period < period - 1);
  return slides;
}

/// Windows of the layers that slide, if any do.
void slide(ModelConfig& c, const GgufKeys& keys, int64_t period) {
  const auto window = keys.integer_or("attention.sliding_window", 0);
  const auto slides = sliding_layers(keys, c.layers, period);
  if (window == 0) return;
  for (const bool slid : slides) c.windows.push_back(slid ? window : 0);
}

void gemma(ModelConfig& c, const GgufKeys&) {
  c.activation = "gelu";
  c.gated = true;
  c.embedding_scale = std::sqrt(static_cast<double>(c.width));
}

/// Gemma 2 and 3 state no scale: the two largest models divide by another width.
void gemma_scale(ModelConfig& c, int64_t large) {
  const int64_t width = c.layers == large ? c.width / c.heads : c.head_width;
  c.attention_scale = 1 / std::sqrt(static_cast<double>(width));
}

void gemma2(ModelConfig& c, const GgufKeys& keys) {
  gemma(c, keys);
  c.norm_place = "around";
  c.score_cap = keys.real_or("attn_logit_softcapping", 50);
  c.logit_cap = keys.real_or("final_logit_softcapping", 30);
  gemma_scale(c, 46);
  slide(c, keys, 2);
}

void gemma3(ModelConfig& c, const GgufKeys& keys) {
  gemma(c, keys);
  c.norm_place = "around";
  c.qk_norm = "head";
  c.logit_cap = keys.real_or("final_logit_softcapping", 0);
  gemma_scale(c, 62);
  slide(c, keys, 6);
}

void olmo(ModelConfig& c, const GgufKeys& keys) {
  gated_silu(c);
  c.norm = "layer";
  c.norm_weight = false;
  c.norm_epsilon = keys.real_or("attention.layer_norm_epsilon", 1e-5);
  c.qkv_clip = keys.real_or("attention.clamp_kqv", 0);
}

/// OLMo 2, and OLMo 3, which slides.
void olmo2(ModelConfig& c, const GgufKeys& keys) {
  gated_silu(c);
  c.norm_place = "after";
  c.qk_norm = "full";
  slide(c, keys, 4);
}

void qwen3(ModelConfig& c, const GgufKeys&) {
  gated_silu(c);
  c.qk_norm = "head";
}

void gptneox(ModelConfig& c, const GgufKeys& keys) {
  c.activation = "gelu-exact";
  layer_norm(c, keys);
  c.parallel = keys.flag_or("use_parallel_residual", true);
}

void phi2(ModelConfig& c, const GgufKeys& keys) {
  c.activation = "gelu";
  layer_norm(c, keys);
  c.parallel = c.shared_norm = true;
}

void phi3(ModelConfig& c, const GgufKeys& keys) {
  gated_silu(c);
  slide(c, keys, 0);
}

void stablelm(ModelConfig& c, const GgufKeys& keys) {
  gated_silu(c);
  layer_norm(c, keys);
  c.parallel = c.shared_norm = !keys.has_tensor("blk.0.ffn_norm.weight");
  if (keys.has_tensor("blk.0.attn_q_norm.weight")) c.qk_norm = "heads";
}

struct Architecture {
  const char* name;
  const char* layout;  // how converters leave the rows of queries and keys
  void (*set)(ModelConfig&, const GgufKeys&);
};

constexpr Architecture kArchitectures[] = {
    {"llama", "adjacent", [](ModelConfig& c, const GgufKeys&) { gated_silu(c); }},
    {"qwen2", "half", [](ModelConfig& c, const GgufKeys&) { gated_silu(c); }},
    {"qwen3", "half", qwen3},
    {"gemma", "half", gemma},
    {"gemma2", "half", gemma2},
    {"gemma3", "half", gemma3},
    {"gptneox", "half", gptneox},
    {"phi2", "half", phi2},
    {"phi3", "half", phi3},
    {"olmo", "adjacent", olmo},
    {"olmo2", "half", olmo2},
    {"stablelm", "half", stablelm},
    {"smollm3", "adjacent", [](ModelConfig& c, const GgufKeys&) { gated_silu(c); }},
};

const Architecture& architecture_of(const GgufKeys& keys) {
  for (const auto& row : kArchitectures) {
    if (keys.architecture() == row.name) return row;
  }
  refuse("{}: is of architecture '{}'; this program reads: {}",
         keys.where(),
         keys.architecture(),
         gguf_architectures());
}

void set_sizes(ModelConfig& c, const GgufKeys& keys) {
  c.layers = keys.integer("block_count");
  c.width = keys.integer("embedding_length");
  c.heads = keys.integer("attention.head_count");
  c.hidden = keys.integer("feed_forward_length");
  c.train_length = keys.integer("context_length");
  c.key_heads = keys.integer_or("attention.head_count_kv", c.heads);
  check(c.heads > 0 && c.width > 0 && c.layers > 0 && c.layers <= kLayerLimit &&
            c.width % c.heads == 0,
        "{}: says {} heads, {} layers and a width of {}, which cannot be",
        keys.where(),
        c.heads,
        c.layers,
        c.width);
  c.head_width = keys.integer_or("attention.key_length", c.width / c.heads);
  check(keys.integer_or("attention.value_length", c.head_width) == c.head_width,
        "{}: its values are of another width than its keys; not supported",
        keys.where());
  c.norm_epsilon = keys.real_or("attention.layer_norm_rms_epsilon", 1e-5);
  check(c.norm_epsilon > 0, "{}: its norm's epsilon is {}", keys.where(), c.norm_epsilon);
}

/// What the tensors themselves tell.
void set_parts(ModelConfig& c, const GgufKeys& keys) {
  const auto bias = [&](const char* name) {
    return keys.has_tensor(std::string("blk.0.") + name + ".bias");
  };
  c.qkv_bias = bias("attn_q") || bias("attn_qkv");
  c.out_bias = bias("attn_output");
  c.mlp_bias = bias("ffn_down");
  c.head_bias = keys.has_tensor("output.bias");
  c.tied = !keys.has_tensor("output.weight");
  const auto embed = keys.has_tensor("token_embd.weight") ? keys.tensor("token_embd.weight").shape
                                                          : std::vector<int64_t>{};
  check(embed.size() == 2,
        "{}: has no matrix 'token_embd.weight'; if the file is one of several, name the first",
        keys.where());
  c.vocabulary = embed[0];
}

TensorNames names_of(const GgufKeys& keys) {
  TensorNames names{.embed = "token_embd",
                    .norm = "output_norm",
                    .head = "output",
                    .attn_norm = "blk.{l}.attn_norm",
                    .attn_post_norm = "blk.{l}.post_attention_norm",
                    .mlp_norm = "blk.{l}.ffn_norm",
                    .mlp_post_norm = "blk.{l}.post_ffw_norm",
                    .q = "blk.{l}.attn_q",
                    .k = "blk.{l}.attn_k",
                    .v = "blk.{l}.attn_v",
                    .q_norm = "blk.{l}.attn_q_norm",
                    .k_norm = "blk.{l}.attn_k_norm",
                    .out = "blk.{l}.attn_output",
                    .gate = "blk.{l}.ffn_gate",
                    .up = "blk.{l}.ffn_up",
                    .down = "blk.{l}.ffn_down"};
  if (keys.has_tensor("blk.0.attn_qkv.weight")) names.qkv = "blk.{l}.attn_qkv";
  if (keys.architecture() == "phi3") names.gate_up = names.up;
  return names;
}

void note_quantisation(SourceModel& source) {
  for (const auto& [name, view] : source.weights.tensors) {
    if (view.type == nullptr || view.type->elements == 1) continue;
    source.notes.push_back(
        fmt::format("some weights are quantised ({}); norms move by their error", view.type_name));
    return;
  }
}

}  // namespace

std::string gguf_architectures() {
  std::string names;
  for (const auto& row : kArchitectures) {
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  return names;
}

SourceModel read_gguf(const std::filesystem::path& path) {
  SourceModel source{.format = "gguf", .paths = {path}};
  source.weights = read_gguf_container(path);
  const GgufKeys keys(source.weights, path.string());
  const auto& row = architecture_of(keys);
  check(keys.flag_or("attention.causal", true),
        "{}: 'attention.causal' is false: the model attends to what follows too, which is not "
        "supported",
        keys.where());
  source.family = row.name;
  auto& c = source.config;
  c.encoding = "rope";
  c.encoding_options.layout = row.layout;
  set_sizes(c, keys);
  row.set(c, keys);
  set_parts(c, keys);
  set_gguf_frequencies(source, keys);
  keys.refuse_unread();
  const auto names = names_of(keys);
  source.stacks = stacks_of(names, c);
  note_quantisation(source);
  return source;
}

}  // namespace ww
