// family_defaults.cpp: the families' keys as data, from the configuration classes of
// transformers 5.24. A key with "?" may be null. "head_dim", "layer_types" and
// "original_max_position_embeddings" stand in some families whose class does not list them: their
// code reads them all the same.

#include "models/formats/family_defaults.hpp"

#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.hpp"
#include "base/json.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

/// What every family has.
constexpr auto kCommon =
    R"({"is_causal": true, "layer_types?": null, "original_max_position_embeddings?": null,
  "rope_parameters?": null, "rope_scaling?": null, "rope_theta": 10000.0, "tie_word_embeddings": false})";

const std::map<std::string, const char*>& tables() {
  static const std::map<std::string, const char*> table = {
      {"llama", R"({"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": null, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-6,
        "attention_bias": false, "mlp_bias": false})"},
      {"mistral", R"({"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 131072, "rms_norm_eps": 1e-6,
        "sliding_window?": 4096})"},
      {"qwen2", R"({"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": 32, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
        "use_sliding_window": false, "sliding_window?": 4096, "max_window_layers": 28})"},
      {"qwen3", R"({"vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": 32, "head_dim": 128,
        "hidden_act": "silu", "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "attention_bias": false,
        "use_sliding_window": false, "sliding_window?": 4096, "max_window_layers": 28})"},
      {"gemma", R"({"vocab_size": 256000, "hidden_size": 3072, "intermediate_size": 24576,
        "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 16, "head_dim": 256,
        "hidden_act": "gelu_pytorch_tanh", "max_position_embeddings": 8192, "rms_norm_eps": 1e-6,
        "attention_bias": false, "tie_word_embeddings": true, "use_bidirectional_attention?": null})"},
      {"gemma2", R"({"vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216,
        "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 8192, "rms_norm_eps": 1e-6,
        "attention_bias": false, "tie_word_embeddings": true, "use_bidirectional_attention?": null,
        "query_pre_attn_scalar": 256, "sliding_window?": 4096, "final_logit_softcapping?": 30.0,
        "attn_logit_softcapping?": 50.0})"},
      {"gemma3_text", R"({"vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216,
        "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh", "max_position_embeddings": 131072, "rms_norm_eps": 1e-6,
        "attention_bias": false, "tie_word_embeddings": true, "use_bidirectional_attention?": false,
        "query_pre_attn_scalar": 256, "sliding_window?": 4096, "sliding_window_pattern": 6,
        "final_logit_softcapping?": null, "rope_theta": 1e6, "rope_local_base_freq": 10000.0})"},
      {"gpt_neox", R"({"vocab_size": 50432, "hidden_size": 6144, "intermediate_size": 24576,
        "num_hidden_layers": 44, "num_attention_heads": 64, "head_dim?": null, "hidden_act": "gelu",
        "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "attention_bias": true,
        "use_parallel_residual": true, "rotary_emb_base": 10000, "rotary_pct": 0.25})"},
      {"gptj",
       R"({"vocab_size": 50400, "n_embd": 4096, "n_inner?": null, "n_layer": 28, "n_head": 16,
        "activation_function": "gelu_new", "n_positions": 2048, "layer_norm_epsilon": 1e-5,
        "rotary_dim": 64})"},
      {"phi", R"({"vocab_size": 51200, "hidden_size": 2048, "intermediate_size": 8192,
        "num_hidden_layers": 24, "num_attention_heads": 32, "num_key_value_heads?": null, "head_dim?": null,
        "hidden_act": "gelu_new", "max_position_embeddings": 2048, "layer_norm_eps": 1e-5,
        "qk_layernorm": false, "partial_rotary_factor": 0.5})"},
      {"phi3", R"({"vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": null, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
        "original_max_position_embeddings": 4096, "sliding_window?": null, "partial_rotary_factor": 1.0})"},
      {"olmo", R"({"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": null, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 2048, "attention_bias": false, "clip_qkv?": null})"},
      {"olmo2", R"({"vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads?": null, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "attention_bias": false})"},
      {"stablelm", R"({"vocab_size": 50304, "hidden_size": 2560, "intermediate_size": 6912,
        "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 4096, "layer_norm_eps": 1e-5, "use_qkv_bias": false,
        "qk_layernorm": false, "use_parallel_residual": false, "partial_rotary_factor": 0.25})"},
      {"smollm3", R"({"vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008,
        "num_hidden_layers": 36, "num_attention_heads": 16, "num_key_value_heads?": 4, "head_dim?": null,
        "hidden_act": "silu", "max_position_embeddings": 32768, "rms_norm_eps": 1e-6,
        "attention_bias": false, "mlp_bias": false, "tie_word_embeddings": true, "rope_theta": 2e6,
        "use_sliding_window": false, "sliding_window?": null, "no_rope_layers?": null,
        "no_rope_layer_interval": 4})"},
  };
  return table;
}

/// Keys that change nothing of what a loaded model computes: of training, of generation, of the
/// file.
const std::set<std::string>& silent_keys() {
  static const std::set<std::string> keys = {"_attn_implementation",
                                             "_attn_implementation_autoset",
                                             "_flash_attn_2_enabled",
                                             "_name_or_path",
                                             "add_cross_attention",
                                             "architectures",
                                             "attention_dropout",
                                             "attn_pdrop",
                                             "auto_map",
                                             "bad_words_ids",
                                             "begin_suppress_tokens",
                                             "bos_token_id",
                                             "cache_implementation",
                                             "chunk_size_feed_forward",
                                             "classifier_dropout",
                                             "cross_attention_hidden_size",
                                             "decoder_start_token_id",
                                             "diversity_penalty",
                                             "do_sample",
                                             "dtype",
                                             "early_stopping",
                                             "embd_pdrop",
                                             "encoder_no_repeat_ngram_size",
                                             "eos_token_id",
                                             "exponential_decay_length_penalty",
                                             "finetuning_task",
                                             "forced_bos_token_id",
                                             "forced_eos_token_id",
                                             "gradient_checkpointing",
                                             "hidden_dropout",
                                             "hidden_dropout_prob",
                                             "id2label",
                                             "initializer_range",
                                             "is_decoder",
                                             "is_encoder_decoder",
                                             "label2id",
                                             "length_penalty",
                                             "max_length",
                                             "min_length",
                                             "model_type",
                                             "no_repeat_ngram_size",
                                             "num_beam_groups",
                                             "num_beams",
                                             "num_return_sequences",
                                             "output_attentions",
                                             "output_hidden_states",
                                             "output_scores",
                                             "pad_token_id",
                                             "prefix",
                                             "pretraining_tp",
                                             "problem_type",
                                             "pruned_heads",
                                             "quantization_config",
                                             "remove_invalid_values",
                                             "repetition_penalty",
                                             "resid_pdrop",
                                             "return_dict",
                                             "return_dict_in_generate",
                                             "sep_token_id",
                                             "summary_activation",
                                             "summary_first_dropout",
                                             "summary_proj_to_labels",
                                             "summary_type",
                                             "summary_use_proj",
                                             "suppress_tokens",
                                             "task_specific_params",
                                             "temperature",
                                             "tf_legacy_loss",
                                             "tie_encoder_decoder",
                                             "tokenizer_class",
                                             "top_k",
                                             "top_p",
                                             "torch_dtype",
                                             "torchscript",
                                             "transformers_version",
                                             "typical_p",
                                             "use_bfloat16",
                                             "use_cache",
                                             "use_return_dict"};
  return keys;
}

/// GPT-J's sizes under the names that the other families use; transformers takes either.
const std::map<std::string, std::string>& gptj_names() {
  static const std::map<std::string, std::string> names = {
      {"hidden_size", "n_embd"},
      {"num_hidden_layers", "n_layer"},
      {"num_attention_heads", "n_head"},
      {"max_position_embeddings", "n_positions"}};
  return names;
}

std::string own_name(const std::string& key, const std::string& model_type) {
  const auto found = gptj_names().find(key);
  return model_type == "gptj" && found != gptj_names().end() ? found->second : key;
}

struct FamilyKeys {
  Json defaults = Json::object();
  std::set<std::string> nullable;
};

FamilyKeys parse_keys(const char* own) {
  FamilyKeys keys;
  for (const auto* const text : {kCommon, own}) {
    const auto table = parse_json(text, "the table of families");
    for (const auto& [key, value] : table.items()) {
      const bool optional = key.ends_with('?');
      const auto name = optional ? key.substr(0, key.size() - 1) : key;
      keys.defaults[name] = value;
      if (optional) keys.nullable.insert(name);
      if (!optional) keys.nullable.erase(name);
    }
  }
  return keys;
}

const FamilyKeys& keys_of(const std::string& model_type) {
  static const auto all = [] {
    std::map<std::string, FamilyKeys> parsed;
    for (const auto& [type, text] : tables()) parsed[type] = parse_keys(text);
    // They take their bases under another name, or none at all.
    parsed.at("gpt_neox").defaults.erase("rope_theta");
    for (const auto* const key : {"rope_theta", "rope_parameters", "rope_scaling"}) {
      parsed.at("gptj").defaults.erase(key);
    }
    return parsed;
  }();
  return all.at(model_type);
}

}  // namespace

const Json& family_defaults(const std::string& model_type) { return keys_of(model_type).defaults; }

bool may_be_null(const std::string& model_type, const std::string& key) {
  return keys_of(model_type).nullable.contains(key);
}

Json with_defaults(const Json& stated,
                   const std::string& model_type,
                   const std::string& where,
                   std::vector<std::string>& notes) {
  auto filled = family_defaults(model_type);
  filled["model_type"] = model_type;
  std::vector<std::string> foreign, others;
  const auto fill = [&](const std::string& key, const std::string& name, const Json& value) {
    check(!value.is_null() || may_be_null(model_type, name),
          "{}: \"{}\" is null, which models of type {} do not allow; state it or leave it out",
          where,
          key,
          model_type);
    filled[name] = value;
  };
  for (const auto& [key, value] : stated.items()) {
    const auto name = own_name(key, model_type);
    if (name != key) {
      others.push_back(key);
    } else if (filled.contains(key)) {
      fill(key, key, value);
    } else if (!value.is_null() && !silent_keys().contains(key)) {
      foreign.push_back('"' + key + '"');
    }
  }
  for (const auto& key : others) fill(key, own_name(key, model_type), stated.at(key));
  if (!foreign.empty()) {
    notes.push_back(
        fmt::format("{}: ignored, as transformers does, what models of type {} do not have: {}",
                    where,
                    model_type,
                    fmt::join(foreign, ", ")));
  }
  return filled;
}

}  // namespace ww
