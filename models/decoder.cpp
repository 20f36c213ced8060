#include "models/decoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/check.hpp"
#include "models/device.hpp"
#include "models/fused/fused.hpp"
#include "models/lookup.hpp"
#include "tasks/batch.hpp"

namespace ww {

namespace {

std::string block_name(int64_t layer) { return fmt::format("blocks.{}.", layer); }

at::Tensor as_tensor(const std::vector<int32_t>& ids, at::IntArrayRef shape) {
  return at::from_blob(const_cast<int32_t*>(ids.data()), shape, at::kInt).to(at::kLong);
}

}  // namespace

Decoder::Decoder(const ModelConfig& config, at::TensorOptions options)
    : config_(config), options_(options), parameters_(parameter_specs(config), options) {
  for (const auto& spec : parameters_.specs()) shapes_[spec.name] = spec.shape;
  make_encodings();
  for (int64_t l = 0; l < config.layers; ++l) blocks_.push_back(assemble(l));
}

Decoder::Decoder(const ModelConfig& config,
                 std::shared_ptr<const TensorSource> source,
                 at::TensorOptions options)
    : config_(config), options_(options), parameters_({}, options), source_(std::move(source)) {
  for (const auto& spec : parameter_specs(config)) shapes_[spec.name] = spec.shape;
  make_encodings();
}

void Decoder::make_encodings() {
  for (int64_t l = 0; l < config_.layers; ++l) {
    const auto lookup = [&](const std::string& local) {
      return tensor(block_name(l) + "attn." + local);
    };
    encodings_.push_back(encoding_row(config_.encoding).make(setting_of(config_, l), lookup));
  }
}

int64_t Decoder::size() const {
  int64_t count = 0;
  for (const auto& [name, shape] : shapes_) count += c10::multiply_integers(shape);
  return count;
}

at::Tensor Decoder::tensor(const std::string& name) const {
  if (!shapes_.contains(name)) return {};
  return source_ ? source_->whole(name) : parameters_.at(name);
}

Norm Decoder::norm(const std::string& name) const {
  return {tensor(name + ".weight"), tensor(name + ".bias"), true};
}

Affine Decoder::affine(const std::string& name) const {
  return {tensor(name + ".weight"), tensor(name + ".bias")};
}

Block Decoder::assemble(int64_t layer) const {
  const auto& c = config_;
  const auto name = block_name(layer);
  const bool before = c.norm_place != "after", after = c.norm_place != "before";
  Block block;
  if (before) block.attn_norm = norm(name + "attn_norm");
  if (before && !c.shared_norm) block.mlp_norm = norm(name + "mlp_norm");
  if (after) block.attn_post_norm = norm(name + "attn_post_norm");
  if (after) block.mlp_post_norm = norm(name + "mlp_post_norm");
  if (c.qk_norm != "none") block.q_norm = norm(name + "attn.q_norm");
  if (c.qk_norm != "none") block.k_norm = norm(name + "attn.k_norm");
  block.qkv = affine(name + "attn.qkv");
  block.out = affine(name + "attn.out");
  block.mlp_in = affine(name + "mlp.in");
  block.mlp_out = affine(name + "mlp.out");
  block.encoding = encodings_[static_cast<size_t>(layer)].get();
  return block;
}

Block Decoder::block(int64_t layer) const {
  return source_ ? assemble(layer) : blocks_[static_cast<size_t>(layer)];
}

at::Tensor Decoder::embed(const Input& input) const {
  at::Tensor x;
  if (source_) {
    const auto [ids, inverse] = at::_unique(input.tokens.flatten(), true, true);
    x = look_up(source_->picked("embed.weight", ids), inverse.view(input.tokens.sizes()));
  } else {
    x = look_up(parameters_.at("embed.weight"), input.tokens);
  }
  if (config_.embedding_scale != 1) x = x * config_.embedding_scale;
  const auto added = position_vectors(input.positions);
  return added.defined() ? x + added : x;
}

at::Tensor Decoder::position_vectors(const at::Tensor& positions) const {
  const auto& row = encoding_row(config_.encoding);
  if (row.embedding == nullptr) return {};
  const auto lookup = [&](const std::string& local) { return tensor("position." + local); };
  return send(row.embedding(config_.encoding_options, config_.width, positions, lookup), options_);
}

void Decoder::compute_with(const Engine& engine) {
  fused_ = engine.compute == Compute::fused ? std::make_shared<Fused>(*this, engine) : nullptr;
  engine_ = engine;
}

void Decoder::train_in(at::ScalarType type) {
  rounded_ = std::make_shared<RoundedMatrices>(parameters_, type);
  rounded_blocks_.clear();
  for (int64_t l = 0; l < config_.layers; ++l) {
    rounded_blocks_.push_back(rounded_->in_place_of(blocks_[static_cast<size_t>(l)], l));
  }
}

void Decoder::share_with(Communicator& all) {
  if (!fused_) throw std::logic_error("only the fused kernels deal slots to processes");
  fused_->share_with(all);
}

Fused* Decoder::fused_for(const Input& input, const Hooks& hooks) const {
  const bool packed = input.lengths.size() > 1;
  const bool taken = fused_ && !hooks && !packed && fused_->takes(input.tokens.size(1));
  return taken ? fused_.get() : nullptr;
}

/// The angles of every row for each of the model's frequency tables; unused ones stay empty.
std::vector<Turn> Decoder::turns(const at::Tensor& positions) const {
  std::vector<Turn> all(std::max<size_t>(1, config_.tables.size()));
  for (size_t l = 0; l < encodings_.size(); ++l) {
    const auto table = config_.layer_tables.empty() ? 0 : config_.layer_tables[l];
    auto& turn = all[static_cast<size_t>(table)];
    const auto theta = encodings_[l]->theta();
    if (turn.angle.defined() || theta.numel() == 0) continue;
    turn = make_turn(positions, theta, options_, encodings_[l]->factor());
  }
  return all;
}

/// What rows first .. first + count - 1 share, which see each other alone.
TextRows Decoder::text_rows(const Input& input,
                            const std::vector<Turn>& turns,
                            int64_t first,
                            int64_t count) const {
  TextRows text{first, count, {input.positions.narrow(-1, first, count), input.block, {}}, {}, {}};
  if (engine_.compute != Compute::plain) {
    text.places.sight = sight_of(text.places.positions, input.block);
  }
  for (const auto& turn : turns) {
    const auto part = [&](const at::Tensor& x) {
      return x.defined() ? x.narrow(-2, first, count) : x;
    };
    text.turns.push_back({part(turn.angle), part(turn.cosine), part(turn.sine)});
  }
  if (count > kMaskedRows) return text;
  std::set<int64_t> windows;
  for (int64_t l = 0; l < config_.layers; ++l) windows.insert(config_.window(l));
  for (const auto window : windows) {
    text.visible.emplace_back(window, visibility(text.places, 0, count, window, options_));
  }
  return text;
}

Pass Decoder::prepare(const Input& input, const Hooks* hooks) const {
  Pass pass;
  pass.hooks = hooks != nullptr && *hooks ? hooks : nullptr;
  if (pass.hooks == nullptr) pass.graded = input.graded;
  if (engine_.compute != Compute::plain) {
    pass.kernels = {
        kernels::table_of(engine_.isa), engine_.launchers, engine_.compute == Compute::library};
  }
  const auto all = turns(input.positions);
  auto lengths = input.lengths;
  if (lengths.empty()) lengths.push_back(input.positions.size(-1));
  int64_t first = 0;
  for (const auto count : lengths) {
    pass.texts.push_back(text_rows(input, all, first, count));
    first += count;
  }
  return pass;
}

at::Tensor Decoder::logits(const at::Tensor& x) const {
  const auto y = normalise(x, norm("norm"), config_);
  const auto head = tensor(config_.tied ? "embed.weight" : "head.weight");
  return capped(at::linear(y, head, tensor("head.bias")));
}

at::Tensor Decoder::capped(const at::Tensor& logits) const {
  const double cap = config_.logit_cap;
  return cap > 0 ? (logits / cap).tanh() * cap : logits;
}

at::Tensor Decoder::forward(const Input& input, const Hooks& hooks) const {
  auto* const fused = fused_for(input, hooks);
  if (fused == nullptr) return compose(input, prepare(input, &hooks), {});
  const bool learns = c10::GradMode::is_enabled() && parameters_.gradients().defined();
  if (!learns) return fused->logits(*this, input);
  return logits(fused->blocks(*this, input, embed(input)));
}

at::Tensor Decoder::compose(const Input& input,
                            const Pass& pass,
                            const std::vector<Block>& blocks) const {
  auto x = embed(input);  // [B, T, C]
  const bool seen = pass.hooks != nullptr && pass.hooks->observe;
  for (int64_t l = 0; l < config_.layers; ++l) {
    const bool last = l + 1 == config_.layers;
    const auto& tensors = blocks.empty() ? block(l) : blocks[static_cast<size_t>(l)];
    x = run_block(tensors, config_, l, x, last ? pass.graded : at::Tensor(), pass);
    if (seen) pass.hooks->observe({block_name(l) + "out", l, 0, 0, x});
  }
  auto result = logits(x);
  if (seen) pass.hooks->observe({"logits", -1, 0, 0, result});
  if (pass.hooks != nullptr && input.graded.defined()) {
    result = result.index_select(1, input.graded);
  }
  return result;
}

at::Tensor Decoder::queue_gradient(const Input& input,
                                   const at::Tensor& answers,
                                   double share,
                                   const Pass* pass) const {
  if (auto* const fused = fused_for(input, {})) {
    return at::scalar_tensor(fused->loss_and_gradient(*this, input, answers, share), at::kDouble);
  }
  if (rounded_) rounded_->refresh();
  const auto given = compose(input, pass != nullptr ? *pass : prepare(input), rounded_blocks_);
  const auto loss = at::cross_entropy_loss(given.flatten(0, 1), answers) * share;  // of [B Q, V]
  loss.backward();
  if (rounded_) rounded_->hand_over_gradients();
  return loss.detach();
}

double Decoder::loss_and_gradient(const Input& input,
                                  const at::Tensor& answers,
                                  double share) const {
  return queue_gradient(input, answers, share).item<double>();
}

Input to_input(const Batch& batch, at::Device device) {
  const int64_t B = batch.strings, T = batch.length, Q = batch.queries;
  return {send(as_tensor(batch.tokens, {B, T}), device),
          as_tensor(batch.position, {T}),
          as_tensor(batch.block, {T}),
          send(as_tensor(batch.graded, {Q}), device)};
}

}  // namespace ww
