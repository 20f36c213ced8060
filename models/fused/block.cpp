#include "models/fused/block.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "models/fused/slots.hpp"

namespace ww {

namespace {

namespace autograd = torch::autograd;

/// One block's call, and its way back.
class BlockNode final : public autograd::Node {
 public:
  BlockNode(const BlockKernels& kernels,
            std::shared_ptr<const FusedPlaces> places,
            int64_t layer,
            bool last,
            const LayerTensors& tensors,
            const at::Tensor& phase)
      : kernels_(kernels),
        table_(*kernels.table),
        places_(std::move(places)),
        layer_(static_cast<size_t>(layer)),
        strings_(places_->strings),
        tensors_(tensors),
        phase_(phase) {
    strings_.bias = places_->bias[layer_].const_data_ptr<float>();
    if (!last) {
      strings_.row = nullptr;
      strings_.rows = strings_.length;
    }
    packed_ = at::empty({table_.packed_floats(kernels_.shape)}, at::kFloat);
    weights_ = table_.pack_block(kernels_.shape,
                                 kernels_.order_or_null(),
                                 values_of(tensors),
                                 packed_.mutable_data_ptr<float>());
    turns_ = phase_tables(phase, weights_.phase_cosine, weights_.phase_sine);
  }

  at::Tensor forward(const at::Tensor& x);
  autograd::variable_list apply(autograd::variable_list&& gradients) override;
  std::string name() const override { return "FusedBlock"; }
  void release_variables() override { saved_ = packed_ = at::Tensor(); }

 private:
  /// One group of strings: which, with what memory.
  struct Group {
    int64_t slot, first;
    bool first_of_slot;
    kernels::Strings strings;
    float *saved, *scratch;
  };
  void each_group(const std::function<void(const Group&)>& work);

  BlockKernels kernels_;
  const kernels::Table& table_;
  std::shared_ptr<const FusedPlaces> places_;
  size_t layer_;
  kernels::Strings strings_;
  kernels::BlockWeights weights_{};
  LayerTensors tensors_;
  at::Tensor phase_;  // as it is held
  at::Tensor packed_, turns_, saved_;
};

void BlockNode::each_group(const std::function<void(const Group&)>& work) {
  const auto size = std::min(group_of(strings_.length), strings_.count);
  auto group_strings = strings_;
  group_strings.count = size;
  const auto scratch_floats = table_.scratch_floats(kernels_.shape, group_strings);
  // A slot's last group may be smaller; each string's share of the memory is enough for any.
  const auto saved_floats = table_.saved_floats(kernels_.shape, group_strings);
  const auto groups = (strings_.count + kSlots * size - 1) / size;
  if (!saved_.defined()) saved_ = at::empty({(groups + kSlots) * saved_floats}, at::kFloat);
  const auto scratch = at::empty({at::get_num_threads() * scratch_floats}, at::kFloat);
  auto* const saved = saved_.mutable_data_ptr<float>();
  auto* const memory = scratch.mutable_data_ptr<float>();
  at::parallel_for(0, kSlots, 1, [&](int64_t from, int64_t to) {
    for (auto slot = from; slot < to; ++slot) {
      const auto range = slot_range(strings_.count, slot);
      for (auto first = range.first; first < range.last; first += size) {
        Group group{slot, first, first == range.first, strings_, nullptr, nullptr};
        group.strings.count = std::min(size, range.last - first);
        group.strings.position += first * strings_.position_string;
        group.strings.bias += first * strings_.bias_string;
        group.saved = saved + (first / size + slot) * saved_floats;
        group.scratch = memory + at::get_thread_num() * scratch_floats;
        work(group);
      }
    }
  });
}

at::Tensor BlockNode::forward(const at::Tensor& x) {
  const auto C = kernels_.shape.width;
  auto y = at::empty({strings_.count, strings_.rows, C}, at::kFloat);
  const auto* const from = x.const_data_ptr<float>();
  auto* const to = y.mutable_data_ptr<float>();
  each_group([&](const Group& group) {
    table_.block_forward(kernels_.shape,
                         group.strings,
                         weights_,
                         from + group.first * strings_.length * C,
                         to + group.first * strings_.rows * C,
                         group.saved,
                         group.scratch);
  });
  return y;
}

autograd::variable_list BlockNode::apply(autograd::variable_list&& gradients) {
  TORCH_CHECK(saved_.defined(), "a fused block went backward twice");
  const auto C = kernels_.shape.width;
  const auto dy = gradients[0].contiguous();
  auto dx = at::empty({strings_.count, strings_.length, C}, at::kFloat);
  const auto stride = table_.gradient_floats(kernels_.shape);
  auto slots = at::empty({kSlots * stride}, at::kFloat);
  std::vector<kernels::BlockGradients> sums;
  for (int64_t k = 0; k < kSlots; ++k) {
    const auto range = slot_range(strings_.count, k);
    sums.push_back(table_.begin_gradients(
        kernels_.shape, range.first < range.last, slots.mutable_data_ptr<float>() + k * stride));
    if (!phase_.defined()) sums.back().phase = nullptr;
  }
  const BiasGradient bias(tensors_.bias, places_->bias[layer_], strings_);
  const auto* const from = dy.const_data_ptr<float>();
  auto* const to = dx.mutable_data_ptr<float>();
  each_group([&](const Group& group) {
    auto sum = sums[static_cast<size_t>(group.slot)];
    sum.first = group.first_of_slot;
    bias.point(sum, group.slot, group.first);
    table_.block_backward(kernels_.shape,
                          group.strings,
                          weights_,
                          from + group.first * strings_.rows * C,
                          to + group.first * strings_.length * C,
                          group.saved,
                          group.scratch,
                          sum);
  });
  const auto zero = [](const at::Tensor& like) {
    return like.defined() ? at::zeros_like(like.detach()) : at::Tensor();
  };
  const auto& t = tensors_;
  autograd::variable_list found = {dx,
                                   zero(t.attn_norm),
                                   zero(t.qkv),
                                   zero(t.out),
                                   zero(t.mlp_norm),
                                   zero(t.up),
                                   zero(t.down),
                                   zero(phase_),
                                   bias.sum()};
  const auto data = [&](size_t i) {
    return found[i].defined() ? found[i].mutable_data_ptr<float>() : nullptr;
  };
  table_.add_block(kernels_.shape,
                   kernels_.order_or_null(),
                   sums.front(),
                   kSlots,
                   stride,
                   {data(1), data(2), data(3), data(4), data(5), data(6), data(7)});
  return found;
}

}  // namespace

at::Tensor fused_block(const BlockKernels& kernels,
                       const std::shared_ptr<const FusedPlaces>& places,
                       int64_t layer,
                       bool last,
                       const LayerTensors& t,
                       const at::Tensor& x) {
  const auto phase = held(t.phase);
  const auto node = std::shared_ptr<BlockNode>(
      new BlockNode(kernels, places, layer, last, t, phase), autograd::deleteNode);
  node->set_next_edges(autograd::collect_next_edges(
      x, t.attn_norm, t.qkv, t.out, t.mlp_norm, t.up, t.down, phase, t.bias));
  at::Tensor y;
  {
    const c10::NoGradGuard no_grad;
    y = node->forward(x.contiguous());
  }
  if (autograd::compute_requires_grad(
          x, t.attn_norm, t.qkv, t.out, t.mlp_norm, t.up, t.down, phase, t.bias))
    autograd::set_history(y, node);
  return y;
}

}  // namespace ww
