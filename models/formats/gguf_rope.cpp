#include "models/formats/gguf_rope.hpp"

#include "base/check.hpp"

namespace ww {

namespace {

/// The factor under its newer and its older key; none where it is 0, which llama.cpp writes for "no
/// scaling".
std::optional<double> rope_factor(const GgufKeys& keys) {
  std::optional<double> factor;
  for (const auto* const key : {"rope.scaling.factor", "rope.scale_linear"}) {
    if (!keys.has(key)) continue;
    const double stated = keys.real(key);
    check(!factor || *factor == stated,
          "{}: '{}.{}' is {}, but 'rope.scaling.factor' is {}; they must be equal",
          keys.where(),
          keys.architecture(),
          key,
          stated,
          *factor);
    factor = stated;
  }
  return factor == 0.0 ? std::nullopt : factor;
}

/// Strengths that llama.cpp takes from newer files; only those that change nothing are supported.
void check_strengths(const GgufKeys& keys) {
  for (const auto* const key : {"rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor"}) {
    const double strength = keys.real_or(key, 1);
    check(strength == 1,
          "{}: '{}.{}' is {}; only 1 is supported",
          keys.where(),
          keys.architecture(),
          key,
          strength);
  }
}

RopeScaling rope_of(const ModelConfig& c, const GgufKeys& keys) {
  RopeScaling rope{.base = keys.real_or("rope.freq_base", 10000), .head_width = c.head_width};
  rope.width = keys.integer_or("rope.dimension_count", c.head_width);
  rope.longest = static_cast<double>(c.train_length);
  rope.factor = rope_factor(keys);
  // A factor without a type is linear's, as for llama.cpp; of type "none", or without a factor,
  // nothing is scaled.
  const auto type = keys.text_or("rope.scaling.type", "linear");
  check(type == "none" || type == "linear" || type == "yarn" || type == "longrope",
        "{}: rope scaling '{}' is not supported; there are: none, linear, yarn, longrope",
        keys.where(),
        type);
  const bool scaled = type == "longrope" || (type != "none" && rope.factor);
  rope.type = scaled ? type : "default";
  rope.original_length = keys.real_or("rope.scaling.original_context_length", rope.longest);
  rope.beta_fast = keys.real_or("rope.scaling.yarn_beta_fast", rope.beta_fast);
  rope.beta_slow = keys.real_or("rope.scaling.yarn_beta_slow", rope.beta_slow);
  check_strengths(keys);
  rope.strength = keys.real_or("rope.scaling.attn_factor", 1);
  return rope;
}

/// Divisors of the frequencies that stand in the file as tensors.
std::vector<double> divisors(WeightFile& file, const std::string& name) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) return {};
  const auto values = widen(name, found->second);
  file.tensors.erase(found);
  return {values.begin(), values.end()};
}

}  // namespace

void set_gguf_frequencies(SourceModel& source, const GgufKeys& keys) {
  auto& c = source.config;
  auto rope = rope_of(c, keys);
  rope.short_factors = divisors(source.weights, "rope_factors_short.weight");
  rope.long_factors = divisors(source.weights, "rope_factors_long.weight");
  if (!rope.short_factors.empty() || !rope.long_factors.empty()) {
    check(rope.type == "default" || rope.type == "longrope",
          "{}: has tensors 'rope_factors_..', but its rope scaling is '{}', not longrope",
          keys.where(),
          rope.type);
    rope.type = "longrope";
  }
  rope.divisors = divisors(source.weights, "rope_freqs.weight");
  if (rope.type == "longrope") rope.attention_factor = 1;  // the strength alone counts
  source.ropes = {rope};
  if (keys.architecture() == "olmo2" && !c.windows.empty()) {  // layers that slide are not scaled
    RopeScaling local{.base = rope.base};
    local.head_width = local.width = rope.width;
    source.ropes.push_back(local);
    for (const auto window : c.windows) c.layer_tables.push_back(window > 0 ? 1 : 0);
  }
  if (keys.architecture() == "gemma3" && !c.windows.empty()) {
    RopeScaling local{.base = keys.real_or("rope.freq_base_swa", 10000)};
    local.head_width = local.width = rope.width;
    source.ropes.push_back(local);
    for (const auto window : c.windows) c.layer_tables.push_back(window > 0 ? 1 : 0);
  }
  if (keys.architecture() == "smollm3") {  // its converter leaves the list of layers out
    source.ropes.push_back({.type = "none", .head_width = rope.head_width, .width = rope.width});
    for (int64_t l = 0; l < c.layers; ++l) c.layer_tables.push_back((l + 1) % 4 == 0 ? 1 : 0);
  }
}

}  // namespace ww
