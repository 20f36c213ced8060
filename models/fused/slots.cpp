#include "models/fused/slots.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "models/decoder.hpp"

namespace ww {

namespace {

float* gradient_of(const at::Tensor& leaf) { return leaf.grad().mutable_data_ptr<float>(); }

/// Adds the gradient of held phases to that of the parameter; beyond the ends of the range it is 0.
void hand_back(const LearnedPhase& phase, const std::vector<float>& gradient) {
  if (!phase.parameter.defined() || !phase.parameter.requires_grad()) return;
  const auto low = static_cast<float>(phase.low), high = static_cast<float>(phase.high);
  const auto* const value = phase.parameter.const_data_ptr<float>();
  auto* const sum = gradient_of(phase.parameter);
  for (size_t i = 0; i < gradient.size(); ++i) {
    if (value[i] >= low && value[i] <= high) sum[i] += gradient[i];
  }
}

/// Hands the gradient of what an encoding formed from its parameters back to them.
void hand_back(const at::Tensor& formed, const at::Tensor& gradient) {
  if (formed.defined() && formed.requires_grad()) formed.backward(gradient);
}

/// Gathers rows of `data`, each of so many bytes; process r begins at row first_row(r).
template <typename FirstRow>
void gather_rows(Communicator& all, void* data, int64_t bytes, const FirstRow& first_row) {
  std::vector<int64_t> starts;
  for (int64_t r = 0; r <= all.size(); ++r) starts.push_back(bytes * first_row(r));
  all.gather(data, starts);
}

}  // namespace

void gather_slots(Communicator& all, void* data, int64_t bytes) {
  gather_rows(all, data, bytes, [&](int64_t rank) { return dealt_slots(rank, all.size()).first; });
}

void gather_strings(Communicator& all, int64_t strings, void* data, int64_t bytes) {
  gather_rows(all, data, bytes, [&](int64_t rank) {
    return slot_range(strings, dealt_slots(rank, all.size()).first).first;
  });
}

BiasGradient::BiasGradient(const at::Tensor& bias,
                           const at::Tensor& padded,
                           const kernels::Strings& strings) {
  if (!bias.defined() || !bias.requires_grad()) return;
  bias_ = bias;
  string_ = strings.bias_string;
  head_ = strings.bias_head;
  auto shape = padded.sizes().vec();
  if (string_ == 0) {
    if (padded.dim() == 4) shape.erase(shape.begin());
    shape.insert(shape.begin(), kSlots);
  }
  sums_ = at::zeros(shape);
}

void BiasGradient::point(kernels::BlockGradients& to, int64_t slot, int64_t first) const {
  if (!sums_.defined()) return;
  to.bias =
      sums_.mutable_data_ptr<float>() + (string_ == 0 ? slot * sums_.stride(0) : first * string_);
  to.bias_string = string_;
  to.bias_head = head_;
}

void BiasGradient::gather(Communicator& all) const {
  if (!sums_.defined()) return;
  const auto bytes = sums_.stride(0) * sums_.element_size();
  if (string_ == 0) return gather_slots(all, sums_.mutable_data_ptr(), bytes);
  gather_strings(all, sums_.size(0), sums_.mutable_data_ptr(), bytes);
}

at::Tensor BiasGradient::sum() const {
  if (!sums_.defined()) return {};
  const auto whole = string_ == 0 ? sums_.sum(0) : sums_;
  // One string with positions of its own has [1, H, T, T] but a slot's sum [H, T, T].
  const auto like = string_ == 0 && bias_.dim() == 4 ? bias_.sizes().slice(1) : bias_.sizes();
  return whole.narrow(-1, 0, bias_.size(-1)).sum_to_size(like).view(bias_.sizes());
}

ModelSlots::ModelSlots(const BlockKernels& kernels,
                       const FusedPlaces& places,
                       const std::vector<LayerTensors>& layers,
                       int64_t vocabulary)
    : kernels_(kernels),
      places_(places),
      layers_(layers),
      block_floats_(kernels.table->gradient_floats(kernels.shape)),
      table_floats_(vocabulary * kernels.shape.width),
      // blocks, embedding, head, final norm
      stride_(static_cast<int64_t>(layers.size()) * block_floats_ + 2 * table_floats_ +
              kernels.shape.width) {
  for (size_t l = 0; l < layers.size(); ++l) {
    bias_.emplace_back(layers[l].bias, places.bias[l], places.strings);
  }
}

void ModelSlots::begin_slot(int64_t k, float* memory) {
  const auto range = slot_range(places_.strings.count, k);
  auto& blocks = blocks_.emplace_back();
  for (size_t l = 0; l < layers_.size(); ++l, memory += block_floats_) {
    auto sums = kernels_.table->begin_gradients(kernels_.shape, range.first < range.last, memory);
    if (!layers_[l].phase.parameter.defined()) sums.phase = nullptr;
    bias_[l].point(sums, k, 0);
    blocks.push_back(sums);
  }
  std::fill_n(memory, 2 * table_floats_ + kernels_.shape.width, 0.0F);
  gradients_.push_back(
      {blocks.data(), memory, memory + 2 * table_floats_, memory + table_floats_, nullptr});
}

void ModelSlots::begin(float* memory, const at::Tensor& added) {
  memory_ = memory;
  blocks_.reserve(kSlots);
  for (int64_t k = 0; k < kSlots; ++k) begin_slot(k, memory + k * stride_);
  added_ = added;
  if (!added.defined() || !added.requires_grad()) return;
  const bool shared = added.dim() == 2;  // by all strings: a sum for each slot
  auto shape = added.sizes().vec();
  if (shared) shape.insert(shape.begin(), kSlots);
  added_sums_ = at::zeros(shape);
  for (int64_t k = 0; k < kSlots; ++k) {
    slot(k).added =
        added_sums_.mutable_data_ptr<float>() + (shared ? k * added_sums_.stride(0) : 0);
  }
}

void ModelSlots::gather(Communicator& all) const {
  gather_slots(all, memory_, stride_ * static_cast<int64_t>(sizeof(float)));
  for (const auto& bias : bias_) bias.gather(all);
  if (!added_sums_.defined()) return;
  const auto bytes = added_sums_.stride(0) * added_sums_.element_size();
  auto* const sums = added_sums_.mutable_data_ptr();
  if (added_.dim() == 2) return gather_slots(all, sums, bytes);
  gather_strings(all, added_sums_.size(0), sums, bytes);
}

void ModelSlots::add_to(const Decoder& model) const {
  const auto& table = *kernels_.table;
  const auto& p = model.parameters();
  const bool tied = model.config().tied;
  const auto& first = gradients_.front();
  const auto C = kernels_.shape.width;
  table.add_slots(
      first.embedding, kSlots, stride_, table_floats_, gradient_of(p.at("embed.weight")));
  const auto head = p.at(tied ? "embed.weight" : "head.weight");
  table.add_slots(first.head, kSlots, stride_, table_floats_, gradient_of(head));
  table.add_slots(first.norm, kSlots, stride_, C, gradient_of(p.at("norm.weight")));
  for (size_t l = 0; l < layers_.size(); ++l) {
    const auto& t = layers_[l];
    const auto& parameter = t.phase.parameter;
    std::vector<float> phase(parameter.defined() ? static_cast<size_t>(parameter.numel()) : 0);
    table.add_block(kernels_.shape,
                    kernels_.order_or_null(),
                    blocks_.front()[l],
                    kSlots,
                    stride_,
                    {gradient_of(t.attn_norm),
                     gradient_of(t.qkv),
                     gradient_of(t.out),
                     gradient_of(t.mlp_norm),
                     gradient_of(t.up),
                     gradient_of(t.down),
                     parameter.defined() ? phase.data() : nullptr});
    hand_back(t.phase, phase);
    hand_back(t.bias, bias_[l].sum());
  }
  if (added_sums_.defined())
    hand_back(added_, added_.dim() == 2 ? added_sums_.sum(0) : added_sums_);
}

}  // namespace ww
