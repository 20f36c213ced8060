#include "models/decoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rms_norm.h>
#include <ATen/ops/silu.h>

#include "base/check.hpp"
#include "tasks/batch.hpp"

namespace ww {

namespace {

void check_sizes(const ModelConfig& c) {
  check(c.vocabulary > 0 && c.width > 0 && c.layers > 0 && c.heads > 0 && c.head_width > 0 &&
            c.hidden > 0 && c.key_heads > 0,
        "vocabulary, width, layers, heads, key_heads, head_width and hidden must be positive");
  check(c.heads % c.key_heads == 0,
        "{} heads cannot share {} key heads evenly; choose a divisor",
        c.heads,
        c.key_heads);
  check(c.activation == "gelu" || c.activation == "silu",
        "unknown activation '{}'; there are: gelu, silu",
        c.activation);
}

EncodingSetting setting_of(const ModelConfig& c) {
  return {c.heads, c.key_heads, c.head_width, c.encoding_options};
}

void append_block(std::vector<ParameterSpec>& specs,
                  const ModelConfig& c,
                  const std::string& block) {
  const auto qkv_rows = (c.heads + 2 * c.key_heads) * c.head_width;
  specs.push_back({block + "attn_norm.weight", {c.width}, Init::ones, false});
  specs.push_back({block + "attn.qkv.weight", {qkv_rows, c.width}});
  specs.push_back({block + "attn.out.weight", {c.width, c.heads * c.head_width}, Init::output});
  specs.push_back({block + "mlp_norm.weight", {c.width}, Init::ones, false});
  specs.push_back({block + "mlp.in.weight", {c.gated ? 2 * c.hidden : c.hidden, c.width}});
  specs.push_back({block + "mlp.out.weight", {c.width, c.hidden}, Init::output});
  for (auto spec : encoding_row(c.encoding).layer_parameters(setting_of(c))) {
    spec.name = block + "attn." + spec.name;
    specs.push_back(spec);
  }
}

std::string block_name(int64_t layer) { return fmt::format("blocks.{}.", layer); }

at::Tensor as_tensor(const std::vector<int32_t>& ids, at::IntArrayRef shape) {
  return at::from_blob(const_cast<int32_t*>(ids.data()), shape, at::kInt).to(at::kLong);
}

}  // namespace

std::vector<ParameterSpec> parameter_specs(const ModelConfig& c) {
  check_sizes(c);
  const auto& row = encoding_row(c.encoding);
  std::vector<ParameterSpec> specs = {{"embed.weight", {c.vocabulary, c.width}}};
  if (row.embedding_parameters != nullptr) {
    for (auto spec : row.embedding_parameters(c.encoding_options, c.width)) {
      spec.name = "position." + spec.name;
      specs.push_back(spec);
    }
  }
  for (int64_t l = 0; l < c.layers; ++l) append_block(specs, c, block_name(l));
  specs.push_back({"norm.weight", {c.width}, Init::ones, false});
  if (!c.tied) specs.push_back({"head.weight", {c.vocabulary, c.width}});
  return specs;
}

Decoder::Decoder(const ModelConfig& config, at::TensorOptions options)
    : config_(config), options_(options), parameters_(parameter_specs(config), options) {
  for (int64_t l = 0; l < config.layers; ++l) {
    const auto name = block_name(l);
    const auto lookup = [&](const std::string& local) {
      return parameters_.at(name + "attn." + local);
    };
    blocks_.push_back({parameters_.at(name + "attn_norm.weight"),
                       parameters_.at(name + "attn.qkv.weight"),
                       parameters_.at(name + "attn.out.weight"),
                       parameters_.at(name + "mlp_norm.weight"),
                       parameters_.at(name + "mlp.in.weight"),
                       parameters_.at(name + "mlp.out.weight"),
                       encoding_row(config.encoding).make(setting_of(config), lookup)});
  }
  head_ = parameters_.at(config.tied ? "embed.weight" : "head.weight");
}

at::Tensor Decoder::embed(const Input& input) const {
  const auto x = at::embedding(parameters_.at("embed.weight"), input.tokens);
  const auto& row = encoding_row(config_.encoding);
  if (row.embedding == nullptr) return x;
  const auto lookup = [&](const std::string& local) { return parameters_.at("position." + local); };
  return x + row.embedding(config_.encoding_options, config_.width, input.positions, lookup)
                 .to(options_);
}

at::Tensor Decoder::norm(const at::Tensor& x, const at::Tensor& weight) const {
  return at::rms_norm(x, {config_.width}, weight, config_.norm_epsilon);
}

at::Tensor Decoder::attend(const Block& block,
                           const at::Tensor& x,
                           const at::Tensor& rows,
                           const Turn& turn,
                           const Places& places,
                           const Observer& observer,
                           const std::string& site) const {
  const auto& c = config_;
  const auto heads = [&](const at::Tensor& y, int64_t count) {  // [B, T, n D] -> [B, n, T, D]
    return y.view({y.size(0), y.size(1), count, c.head_width}).transpose(1, 2);
  };
  const auto q_rows = c.heads * c.head_width, k_rows = c.key_heads * c.head_width;
  at::Tensor q, kv;
  if (rows.defined()) {
    q = at::linear(x.index_select(1, rows), block.qkv.narrow(0, 0, q_rows));
    kv = at::linear(x, block.qkv.narrow(0, q_rows, 2 * k_rows));
  } else {
    const auto qkv = at::linear(x, block.qkv);
    q = qkv.narrow(-1, 0, q_rows);
    kv = qkv.narrow(-1, q_rows, 2 * k_rows);
  }
  const AttentionInput input{heads(q, c.heads),
                             heads(kv.narrow(-1, 0, k_rows), c.key_heads),
                             heads(kv.narrow(-1, k_rows, k_rows), c.key_heads),
                             rows};
  const auto mixed = attention(input, *block.encoding, turn, places, observer, site);
  return at::linear(mixed.transpose(1, 2).flatten(2), block.out);
}

at::Tensor Decoder::mlp(const Block& block, const at::Tensor& x) const {
  const auto y = at::linear(x, block.mlp_in);
  const auto gate = config_.gated ? y.narrow(-1, 0, config_.hidden) : y;
  const auto active = config_.activation == "silu" ? at::silu(gate) : at::gelu(gate, "tanh");
  const auto inner = config_.gated ? active * y.narrow(-1, config_.hidden, config_.hidden) : active;
  return at::linear(inner, block.mlp_out);
}

at::Tensor Decoder::forward(const Input& input, const Observer& observer) const {
  const auto places = make_places(input.positions, input.block, options_);
  const auto theta = blocks_.front().encoding->theta();
  const auto turn = theta.defined() ? make_turn(input.positions, theta, options_) : Turn{};
  auto x = embed(input);  // [B, T, C]
  for (int64_t l = 0; l < config_.layers; ++l) {
    const auto& block = blocks_[static_cast<size_t>(l)];
    const bool last = l + 1 == config_.layers;
    const auto rows = last && !observer ? input.graded : at::Tensor();
    const auto site = observer ? block_name(l) + "attn." : std::string();
    const auto mixed = attend(block, norm(x, block.attn_norm), rows, turn, places, observer, site);
    x = (rows.defined() ? x.index_select(1, rows) : x) + mixed;
    x = x + mlp(block, norm(x, block.mlp_norm));
    if (observer) observer(block_name(l) + "out", x);
  }
  auto logits = at::linear(norm(x, parameters_.at("norm.weight")), head_);
  if (observer) {
    observer("logits", logits);
    if (input.graded.defined()) logits = logits.index_select(1, input.graded);
  }
  return logits;
}

Input to_input(const Batch& batch, at::Device device) {
  const int64_t B = batch.strings, T = batch.length, Q = batch.queries;
  return {as_tensor(batch.tokens, {B, T}).to(device),
          as_tensor(batch.position, {T}),
          as_tensor(batch.block, {T}),
          as_tensor(batch.graded, {Q}).to(device)};
}

}  // namespace ww
