#include "models/block.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rms_norm.h>

#include <stdexcept>

#include "models/activations.hpp"

namespace ww {

namespace {

at::Tensor mlp(const Block& block, const ModelConfig& c, const at::Tensor& x) {
  const auto y = block.mlp_in(x);
  const auto gate = activation_named(c.activation)(c.gated ? y.narrow(-1, 0, c.hidden) : y);
  return block.mlp_out(c.gated ? gate * y.narrow(-1, c.hidden, c.hidden) : gate);
}

/// [B, T, n D] -> [B, n, T, D], with the norm of queries or keys that the model has.
at::Tensor heads_of(const at::Tensor& y, const Norm& norm, const ModelConfig& c) {
  const bool full = norm.there && c.qk_norm == "full";
  const auto x = full ? normalise(y, norm, c) : y;
  const auto split = x.view({x.size(0), x.size(1), x.size(2) / c.head_width, c.head_width});
  return (norm.there && !full ? normalise(split, norm, c) : split).transpose(1, 2);
}

/// Rows first .. first + count - 1 of qkv's output, a view.
Affine part_of(const Affine& qkv, int64_t first, int64_t count) {
  return {qkv.weight.narrow(0, first, count),
          qkv.bias.defined() ? qkv.bias.narrow(0, first, count) : at::Tensor()};
}

AttentionInput project(const Block& block,
                       const ModelConfig& c,
                       const at::Tensor& x,
                       const at::Tensor& rows) {
  const auto q_rows = c.heads * c.head_width, k_rows = c.key_heads * c.head_width;
  at::Tensor q, kv;
  if (rows.defined()) {
    q = part_of(block.qkv, 0, q_rows)(x.index_select(1, rows));
    kv = part_of(block.qkv, q_rows, 2 * k_rows)(x);
  } else {
    const auto qkv = block.qkv(x);
    q = qkv.narrow(-1, 0, q_rows);
    kv = qkv.narrow(-1, q_rows, 2 * k_rows);
  }
  if (c.qkv_clip > 0) {
    q = q.clamp(-c.qkv_clip, c.qkv_clip);
    kv = kv.clamp(-c.qkv_clip, c.qkv_clip);
  }
  return {heads_of(q, block.q_norm, c),
          heads_of(kv.narrow(-1, 0, k_rows), block.k_norm, c),
          heads_of(kv.narrow(-1, k_rows, k_rows), {}, c),
          rows};
}

at::Tensor mask_of(const TextRows& text, int64_t window) {
  for (const auto& [of, mask] : text.visible) {
    if (of == window) return mask;
  }
  return {};
}

at::Tensor attend(const Block& block,
                  const ModelConfig& c,
                  int64_t layer,
                  const at::Tensor& x,
                  const at::Tensor& rows,
                  const Pass& pass) {
  const auto whole = project(block, c, x, rows);
  const AttentionRule rule{c.scale(), c.score_cap, c.window(layer)};
  const auto table = c.layer_tables.empty() ? 0 : c.layer_tables.at(static_cast<size_t>(layer));
  std::vector<at::Tensor> mixed;
  for (size_t i = 0; i < pass.texts.size(); ++i) {
    const auto& text = pass.texts[i];
    const auto part = [&](const at::Tensor& y) {
      return pass.texts.size() == 1 ? y : y.narrow(2, text.first, text.count);
    };
    auto places = text.places;
    places.visible = mask_of(text, rule.window);
    const auto turn = text.turns.empty() ? Turn{} : text.turns.at(static_cast<size_t>(table));
    const Spot spot{pass.hooks, layer, static_cast<int64_t>(i)};
    mixed.push_back(attention({part(whole.q), part(whole.k), part(whole.v), rows},
                              *block.encoding,
                              turn,
                              places,
                              rule,
                              spot,
                              pass.kernels));
  }
  const auto y = mixed.size() == 1 ? mixed.front() : at::cat(mixed, 2);
  return block.out(y.transpose(1, 2).flatten(2));
}

}  // namespace

at::Tensor Affine::operator()(const at::Tensor& x) const {
  const auto type = weight.scalar_type();
  return at::linear(x.to(type), weight, bias.defined() ? bias.to(type) : bias);
}

at::Tensor normalise(const at::Tensor& x, const Norm& norm, const ModelConfig& c) {
  if (!norm.there) return x;
  // A weight of one head's size covers that head; of several, each head has its own.
  const bool per_head = norm.weight.defined() && norm.weight.dim() == 2;
  const std::vector<int64_t> width = {x.size(-1)};
  const auto weight = per_head ? at::Tensor() : norm.weight;
  const auto bias = per_head ? at::Tensor() : norm.bias;
  auto y = c.norm == "rms" ? at::rms_norm(x, width, weight, c.norm_epsilon)
                           : at::layer_norm(x, width, weight, bias, c.norm_epsilon);
  if (per_head) y = y * norm.weight;
  return per_head && norm.bias.defined() ? y + norm.bias : y;
}

at::Tensor run_block(const Block& block,
                     const ModelConfig& c,
                     int64_t layer,
                     const at::Tensor& x,
                     const at::Tensor& rows,
                     const Pass& pass) {
  const auto kept = rows.defined() ? x.index_select(1, rows) : x;
  const auto normed = normalise(x, block.attn_norm, c);
  const auto mixed =
      normalise(attend(block, c, layer, normed, rows, pass), block.attn_post_norm, c);
  if (c.parallel) {
    const auto again = c.shared_norm ? block.attn_norm : block.mlp_norm;
    return kept + mixed + mlp(block, c, normalise(kept, again, c));
  }
  const auto y = kept + mixed;
  return y + normalise(mlp(block, c, normalise(y, block.mlp_norm, c)), block.mlp_post_norm, c);
}

}  // namespace ww
