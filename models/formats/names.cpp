#include "models/formats/names.hpp"

#include <fmt/format.h>

namespace ww {

namespace {

std::string filled(std::string name, const std::string& mark, int64_t number) {
  const auto at = name.find(mark);
  if (at != std::string::npos) name.replace(at, mark.size(), std::to_string(number));
  return name;
}

/// Collects the stacks of one model.
class Stacks {
 public:
  Stacks(const TensorNames& names, const ModelConfig& config) : names_(names), c_(config) {}

  std::map<std::string, Stack> all() {
    add("embed", {{names_.embed}}, false);
    norm("norm", names_.norm);
    if (!c_.tied) add("head", {{names_.head}}, c_.head_bias);
    if (c_.tied && c_.head_bias) stacks_["head.bias"] = {{names_.head + ".bias"}};
    for (int64_t l = 0; l < c_.layers; ++l) add_layer(l);
    return std::move(stacks_);
  }

 private:
  /// Our weight, and bias where there is one, from pieces named without their suffix.
  void add(const std::string& ours, const Stack& pieces, bool bias) {
    for (const auto* const suffix : {".weight", ".bias"}) {
      if (std::string(suffix) == ".bias" && !bias) continue;
      auto& stack = stacks_[ours + suffix];
      for (auto piece : pieces) {
        piece.tensor += suffix;
        stack.push_back(std::move(piece));
      }
    }
  }

  void norm(const std::string& ours, const std::string& theirs) {
    if (!c_.norm_weight) return;
    add(ours, {{.tensor = theirs, .add = names_.norm_add}}, c_.norm_bias);
  }

  /// The norms of queries or keys: one for all heads, or one each.
  void head_norm(const std::string& ours, const std::string& theirs, int64_t heads) {
    Stack pieces;
    const bool each = theirs.find("{h}") != std::string::npos;
    for (int64_t h = 0; h < (each ? heads : 1); ++h) {
      pieces.push_back({.tensor = filled(theirs, "{h}", h), .add = names_.norm_add});
    }
    add(ours, pieces, c_.qk_norm_bias);
  }

  Stack qkv(int64_t l) const {
    const auto at = [&](const std::string& name) { return filled(name, "{l}", l); };
    if (names_.qkv.empty()) return {{at(names_.q)}, {at(names_.k)}, {at(names_.v)}};
    if (!names_.qkv_by_head) return {{at(names_.qkv)}};
    Stack pieces;
    for (int64_t part = 0; part < 3; ++part) {
      pieces.push_back({at(names_.qkv), 3 * c_.head_width, part * c_.head_width, c_.head_width});
    }
    return pieces;
  }

  void add_layer(int64_t l) {
    const auto at = [&](const std::string& name) { return filled(name, "{l}", l); };
    const auto ours = [&](const char* name) { return fmt::format("blocks.{}.{}", l, name); };
    const bool before = c_.norm_place != "after", after = c_.norm_place != "before";
    if (before) norm(ours("attn_norm"), at(names_.attn_norm));
    if (after) norm(ours("attn_post_norm"), at(names_.attn_post_norm));
    if (before && !c_.shared_norm) norm(ours("mlp_norm"), at(names_.mlp_norm));
    if (after) norm(ours("mlp_post_norm"), at(names_.mlp_post_norm));
    add(ours("attn.qkv"), qkv(l), c_.qkv_bias);
    if (c_.qk_norm != "none") {
      head_norm(ours("attn.q_norm"), at(names_.q_norm), c_.heads);
      head_norm(ours("attn.k_norm"), at(names_.k_norm), c_.key_heads);
    }
    add(ours("attn.out"), {{at(names_.out)}}, c_.out_bias);
    Stack in = {{at(names_.gate_up.empty() ? names_.up : names_.gate_up)}};
    if (c_.gated && names_.gate_up.empty()) in.insert(in.begin(), {at(names_.gate)});
    add(ours("mlp.in"), in, c_.mlp_bias);
    add(ours("mlp.out"), {{at(names_.down)}}, c_.mlp_bias);
  }

  const TensorNames& names_;
  const ModelConfig& c_;
  std::map<std::string, Stack> stacks_;
};

}  // namespace

std::map<std::string, Stack> stacks_of(const TensorNames& names, const ModelConfig& config) {
  return Stacks(names, config).all();
}

}  // namespace ww
