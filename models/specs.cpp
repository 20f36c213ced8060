// specs.cpp: which parameters a configuration means, and which configurations can't be.

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.hpp"
#include "models/activation_names.hpp"
#include "models/decoder.hpp"

namespace ww {

namespace {

void check_word(const char* field, const std::string& word, const std::vector<std::string>& known) {
  check(std::ranges::find(known, word) != known.end(),
        "unknown {} '{}'; there are: {}",
        field,
        word,
        fmt::join(known, ", "));
}

void check_activation(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& row : activations()) known.emplace_back(row.name);
  check_word("activation", name, known);
}

void check_layers(const char* field, size_t count, int64_t layers) {
  check(count == 0 || static_cast<int64_t>(count) == layers,
        "{} speaks of {} layers but the model has {}",
        field,
        count,
        layers);
}

void check_sizes(const ModelConfig& c) {
  const auto largest = std::max({c.vocabulary,
                                 c.width,
                                 c.heads,
                                 c.key_heads,
                                 c.head_width,
                                 c.hidden,
                                 c.encoding_options.max_length,
                                 c.encoding_options.buckets});
  check(largest <= kSizeLimit && c.layers <= kLayerLimit,
        "a size of {} or {} layers cannot be; sizes are up to {}, layers up to {}",
        largest,
        c.layers,
        kSizeLimit,
        kLayerLimit);
}

void check_config(const ModelConfig& c) {
  check(c.vocabulary > 0 && c.width > 0 && c.layers > 0 && c.heads > 0 && c.head_width > 0 &&
            c.hidden > 0 && c.key_heads > 0,
        "vocabulary, width, layers, heads, key_heads, head_width and hidden must be positive");
  check_sizes(c);
  check(c.heads % c.key_heads == 0,
        "{} heads cannot share {} key heads evenly; choose a divisor",
        c.heads,
        c.key_heads);
  check_activation(c.activation);
  check_word("norm", c.norm, {"rms", "layer"});
  check_word("norm_place", c.norm_place, {"before", "after", "around"});
  check_word("qk_norm", c.qk_norm, {"none", "head", "heads", "full"});
  check_layers("windows", c.windows.size(), c.layers);
  check(std::ranges::all_of(c.windows, [](int64_t window) { return window >= 0; }),
        "windows must not be negative; 0 is none");
  check(c.norm_epsilon >= 0, "norm_epsilon must not be negative but is {}", c.norm_epsilon);
  check(c.qkv_clip >= 0 && c.attention_scale >= 0 && c.score_cap >= 0 && c.logit_cap >= 0,
        "qkv_clip, attention_scale, score_cap and logit_cap must not be negative; 0 is none");
  check_layers("layer_tables", c.layer_tables.size(), c.layers);
  for (const auto index : c.layer_tables) {
    check(index >= 0 && index < static_cast<int64_t>(c.tables.size()),
          "layer_tables names table {} of {}",
          index,
          c.tables.size());
  }
}

/// Collects the specifications under a prefix.
class Specs {
 public:
  Specs(std::vector<ParameterSpec>& specs, std::string prefix)
      : specs_(specs), prefix_(std::move(prefix)) {}

  void matrix(const std::string& name, int64_t rows, int64_t columns, Init init = Init::normal) {
    specs_.push_back({prefix_ + name + ".weight", {rows, columns}, init});
  }
  void vector(const std::string& name, std::vector<int64_t> shape, Init init) {
    specs_.push_back({prefix_ + name, std::move(shape), init, false});
  }
  void affine(
      const std::string& name, int64_t rows, int64_t columns, bool bias, Init init = Init::normal) {
    matrix(name, rows, columns, init);
    if (bias) vector(name + ".bias", {rows}, Init::zeros);
  }
  void norm(const std::string& name, const std::vector<int64_t>& shape, bool weight, bool bias) {
    if (weight) vector(name + ".weight", shape, Init::ones);
    if (bias) vector(name + ".bias", shape, Init::zeros);
  }
  void add(ParameterSpec spec, const std::string& under) {
    spec.name = prefix_ + under + spec.name;
    specs_.push_back(std::move(spec));
  }

 private:
  std::vector<ParameterSpec>& specs_;
  std::string prefix_;
};

void append_qk_norms(Specs& specs, const ModelConfig& c) {
  if (c.qk_norm == "none") return;
  const auto shape = [&](int64_t heads) -> std::vector<int64_t> {
    if (c.qk_norm == "head") return {c.head_width};
    if (c.qk_norm == "heads") return {heads, c.head_width};
    return {heads * c.head_width};
  };
  specs.norm("attn.q_norm", shape(c.heads), true, c.qk_norm_bias);
  specs.norm("attn.k_norm", shape(c.key_heads), true, c.qk_norm_bias);
}

void append_block(std::vector<ParameterSpec>& all, const ModelConfig& c, int64_t layer) {
  Specs specs(all, fmt::format("blocks.{}.", layer));
  const auto norm = [&](const char* name) {
    specs.norm(name, {c.width}, c.norm_weight, c.norm_bias);
  };
  const bool before = c.norm_place != "after", after = c.norm_place != "before";
  if (before) norm("attn_norm");
  specs.affine("attn.qkv", (c.heads + 2 * c.key_heads) * c.head_width, c.width, c.qkv_bias);
  append_qk_norms(specs, c);
  specs.affine("attn.out", c.width, c.heads * c.head_width, c.out_bias, Init::output);
  if (after) norm("attn_post_norm");
  if (before && !c.shared_norm) norm("mlp_norm");
  specs.affine("mlp.in", c.gated ? 2 * c.hidden : c.hidden, c.width, c.mlp_bias);
  specs.affine("mlp.out", c.width, c.hidden, c.mlp_bias, Init::output);
  if (after) norm("mlp_post_norm");
  for (const auto& spec : encoding_row(c.encoding).layer_parameters(setting_of(c, layer))) {
    specs.add(spec, "attn.");
  }
}

}  // namespace

std::vector<ParameterSpec> parameter_specs(const ModelConfig& c) {
  check_config(c);
  const auto& row = encoding_row(c.encoding);
  std::vector<ParameterSpec> all;
  Specs specs(all, "");
  specs.matrix("embed", c.vocabulary, c.width);
  if (row.embedding_parameters != nullptr) {
    for (const auto& spec : row.embedding_parameters(c.encoding_options, c.width)) {
      specs.add(spec, "position.");
    }
  }
  for (int64_t l = 0; l < c.layers; ++l) append_block(all, c, l);
  specs.norm("norm", {c.width}, c.norm_weight, c.norm_bias);
  if (!c.tied) specs.matrix("head", c.vocabulary, c.width);
  if (c.head_bias) specs.vector("head.bias", {c.vocabulary}, Init::zeros);
  return all;
}

std::vector<ParameterSpec> parameter_specs(const ModelConfig& c, const std::string& where) {
  try {
    return parameter_specs(c);
  } catch (const InputError& error) {
    refuse("{}: {}", where, error.what());
  }
}

}  // namespace ww
