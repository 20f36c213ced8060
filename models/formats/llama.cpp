#include "models/formats/llama.hpp"

#include <fmt/format.h>

namespace ww {

void set_llama_parts(ModelConfig& config) {
  config.activation = "silu";
  config.gated = true;
  config.encoding = "rope";
  config.encoding_options.layout = "adjacent";
}

std::map<std::string, std::vector<std::string>> llama_stacks(const LlamaNames& names,
                                                             const ModelConfig& config) {
  std::map<std::string, std::vector<std::string>> stacks = {{"embed.weight", {names.embed}},
                                                            {"norm.weight", {names.norm}}};
  if (!config.tied) stacks["head.weight"] = {names.head};
  for (int64_t l = 0; l < config.layers; ++l) {
    const auto theirs = [&](const std::string& name) { return fmt::format(fmt::runtime(name), l); };
    const auto ours = [&](const char* name) { return fmt::format("blocks.{}.{}.weight", l, name); };
    stacks[ours("attn_norm")] = {theirs(names.attn_norm)};
    stacks[ours("attn.qkv")] = {theirs(names.q), theirs(names.k), theirs(names.v)};
    stacks[ours("attn.out")] = {theirs(names.out)};
    stacks[ours("mlp_norm")] = {theirs(names.mlp_norm)};
    stacks[ours("mlp.in")] = {theirs(names.gate), theirs(names.up)};
    stacks[ours("mlp.out")] = {theirs(names.down)};
  }
  return stacks;
}

}  // namespace ww
