#include "models/fused/fused.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.hpp"
#include "models/decoder.hpp"
#include "models/fused/block.hpp"
#include "models/fused/choice.hpp"

namespace ww {

namespace {

const kernels::Table& table_for(const Decoder& model, kernels::Isa isa) {
  check(!model.source(), "the fused kernels cannot run a checkpoint that is only read");
  const auto reason = fused_obstacle(model.config(), model.options());
  check(reason.empty(), "the fused kernels cannot run this model: {}", reason);
  const auto lacks = kernels::obstacle(isa);
  check(isa != kernels::Isa::plain && lacks.empty(),
        "the fused kernels cannot run as {}: {}",
        kernels::isa_name(isa),
        lacks.empty() ? "it is no instruction set" : lacks);
  return *kernels::table_of(isa);
}

}  // namespace

/// What a call hands to the kernels, with all that its pointers point into.
struct Fused::Batch {
  FusedPlaces places;
  std::vector<LayerTensors> layers;
  std::vector<const float*> bias;
  std::vector<kernels::BlockWeights> blocks;
  std::vector<at::Tensor> phases;
  at::Tensor tokens, answers, added, added_values;
  kernels::ModelBatch args{};
  kernels::ModelWeights weights{};
};

Fused::Fused(const Decoder& model, const Engine& engine)
    : table_(table_for(model, engine.isa)),
      any_length_(engine.any_length),
      rotation_(model.encoding(0).rotation().value()),
      shape_(block_shape(model.config(), rotation_)),
      angles_(model.encoding(0), model.config().head_width) {}

bool Fused::takes(int64_t length) const {
  return any_length_ || fits_cache(shape_, table_, length);
}

/// Packs every weight anew: an optimiser's step changes them all.
void Fused::pack(const Decoder& model, Batch& batch) {
  const c10::NoGradGuard no_grad;
  const auto& c = model.config();
  const auto* const order = rotation_.order.empty() ? nullptr : rotation_.order.data();
  const auto stride = table_.packed_floats(shape_);
  const auto head_floats = c.width * ((c.vocabulary + 15) / 16 * 16);
  auto* const memory = packed_.floats(c.layers * stride + head_floats);
  auto* const head_forward = memory + c.layers * stride;
  for (int64_t l = 0; l < c.layers; ++l) {
    const auto& layer = batch.layers[static_cast<size_t>(l)];
    batch.blocks.push_back(table_.pack_block(shape_, order, values_of(layer), memory + l * stride));
    auto& packed = batch.blocks.back();
    batch.phases.push_back(phase_tables(held(layer.phase), packed.phase_cosine, packed.phase_sine));
  }
  const auto tensor = [&](const char* name) {
    return model.parameters().at(name).const_data_ptr<float>();
  };
  const auto* const head = tensor(c.tied ? "embed.weight" : "head.weight");
  table_.pack_head(head, c.vocabulary, c.width, head_forward);
  batch.weights = {c.layers,
                   c.vocabulary,
                   tensor("embed.weight"),
                   batch.blocks.data(),
                   tensor("norm.weight"),
                   head,
                   head_forward};
}

void Fused::prepare(const Decoder& model, const Input& input, Batch& batch) {
  batch.places = fused_places(model, input, angles_);
  for (int64_t l = 0; l < model.config().layers; ++l) {
    batch.layers.push_back(layer_tensors(model, l, batch.places));
    batch.bias.push_back(batch.places.bias[static_cast<size_t>(l)].const_data_ptr<float>());
  }
  pack(model, batch);
  auto& args = batch.args;
  args.strings = batch.places.strings;
  args.bias = batch.bias.data();
  batch.tokens = input.tokens.contiguous();
  args.tokens = batch.tokens.const_data_ptr<int64_t>();
  batch.added = model.position_vectors(input.positions);
  if (!batch.added.defined()) return;
  batch.added_values = batch.added.detach().to(at::kFloat).contiguous();  // [T, C] or [B, T, C]
  args.added = batch.added_values.const_data_ptr<float>();
  args.added_string = batch.added.dim() == 3 ? batch.added_values.stride(0) : 0;
}

void Fused::each_slot(const Batch& batch, const SlotWork& work) {
  const auto& strings = batch.args.strings;
  const auto group = std::min(group_of(strings.length), std::max<int64_t>(strings.count, 1));
  const auto stride = table_.model_floats(shape_, batch.weights, strings, group);
  auto* const memory = work_.floats(at::get_num_threads() * stride);
  const auto own = all_ != nullptr ? dealt_slots(all_->rank(), all_->size()) : SlotRange{0, kSlots};
  at::parallel_for(own.first, own.last, 1, [&](int64_t from, int64_t to) {
    for (auto k = from; k < to; ++k) {
      work(k, slot_range(strings.count, k), group, memory + at::get_thread_num() * stride);
    }
  });
}

at::Tensor Fused::logits(const Decoder& model, const Input& input) {
  const c10::NoGradGuard no_grad;
  Batch batch;
  prepare(model, input, batch);
  const auto& strings = batch.args.strings;
  auto logits = at::empty({strings.count, strings.rows, model.config().vocabulary}, at::kFloat);
  auto* const to = logits.mutable_data_ptr<float>();
  each_slot(batch, [&](int64_t, SlotRange range, int64_t group, float* memory) {
    table_.model_logits(
        shape_, batch.weights, batch.args, range.first, range.last, group, to, memory);
  });
  if (all_ != nullptr) {
    const auto bytes = logits.stride(0) * static_cast<int64_t>(sizeof(float));
    gather_strings(*all_, strings.count, to, bytes);
  }
  return logits;
}

at::Tensor Fused::blocks(const Decoder& model, const Input& input, at::Tensor x) {
  const auto places = std::make_shared<const FusedPlaces>(fused_places(model, input, angles_));
  const BlockKernels kernels{&table_, shape_, rotation_.order};
  const auto L = model.config().layers;
  for (int64_t l = 0; l < L; ++l) {
    x = fused_block(kernels, places, l, l + 1 == L, layer_tensors(model, l, *places), x);
  }
  return x;
}

double Fused::loss_and_gradient(const Decoder& model,
                                const Input& input,
                                const at::Tensor& answers,
                                double share) {
  Batch batch;
  prepare(model, input, batch);
  batch.answers = answers.contiguous();
  check_below(batch.answers, model.config().vocabulary, "answer");
  batch.args.answers = batch.answers.const_data_ptr<int64_t>();
  const BlockKernels kernels{&table_, shape_, rotation_.order};
  ModelSlots slots(kernels, batch.places, batch.layers, model.config().vocabulary);
  slots.begin(slots_.floats(slots.floats()), batch.added);
  const auto count = static_cast<double>(answers.numel());
  std::array<double, kSlots> loss{};
  each_slot(batch, [&](int64_t k, SlotRange range, int64_t group, float* memory) {
    loss[static_cast<size_t>(k)] = table_.model_gradient(shape_,
                                                         batch.weights,
                                                         batch.args,
                                                         range.first,
                                                         range.last,
                                                         group,
                                                         static_cast<float>(share / count),
                                                         slots.slot(k),
                                                         memory);
  });
  if (all_ != nullptr) {
    slots.gather(*all_);
    gather_slots(*all_, loss.data(), sizeof(double));
  }
  slots.add_to(model);
  return std::accumulate(loss.begin(), loss.end(), 0.0) * share / count;
}

}  // namespace ww
