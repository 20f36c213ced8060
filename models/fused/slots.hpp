// slots.hpp: a batch cut into a fixed number of parts, each with its own sums of gradients, so that
// results do not depend on how many threads shared the work.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/fused/block.hpp"
#include "models/kernels/model.hpp"
#include "models/processes/communicator.hpp"

namespace ww {

/// Parts of a batch.
constexpr int64_t kSlots = 4;

/// Strings first .. last - 1.
struct SlotRange {
  int64_t first, last;
};
inline SlotRange slot_range(int64_t strings, int64_t slot) {
  return {strings * slot / kSlots, strings * (slot + 1) / kSlots};
}

/// The slots that one of several processes computes.
inline SlotRange dealt_slots(int64_t rank, int64_t size) {
  return {kSlots * rank / size, kSlots * (rank + 1) / size};
}

/// Gives every process all rows of `data`, each of so many bytes, where each process has computed
/// those of its slots: a row a slot, or a row a string.
void gather_slots(Communicator& all, void* data, int64_t bytes);
void gather_strings(Communicator& all, int64_t strings, void* data, int64_t bytes);

/// Strings that are worked on together: about kGroupRows rows, so that products are tall and one
/// group's activations stay in the second-level cache. Changes no bit.
inline int64_t group_of(int64_t length) {
  constexpr int64_t kGroupRows = 104;
  return (kGroupRows + length - 1) / length;
}

/// The gradient of a layer's bias while slots add to it.
class BiasGradient {
 public:
  /// Nothing is summed unless `bias` wants a gradient.
  BiasGradient(const at::Tensor& bias, const at::Tensor& padded, const kernels::Strings& strings);
  /// Points `to` at what `slot` adds to; `first` is the string that the kernel counts from.
  void point(kernels::BlockGradients& to, int64_t slot, int64_t first) const;
  void gather(Communicator& all) const;
  /// The sum, shaped as the bias; undefined where none was wanted.
  at::Tensor sum() const;

 private:
  at::Tensor bias_,
      sums_;  // sums [slots, H, T, Tp], or [B, H, T, Tp] where each string has its own
  int64_t string_ = 0, head_ = 0;
};

/// All gradients of a model, slot by slot.
class ModelSlots {
 public:
  ModelSlots(const BlockKernels& kernels,
             const FusedPlaces& places,
             const std::vector<LayerTensors>& layers,
             int64_t vocabulary);
  /// Floats of begin()'s memory.
  int64_t floats() const { return kSlots * stride_; }
  /// Starts every slot's sums in memory that the caller keeps until add_to(). `added`: position
  /// vectors [T, C] or [B, T, C]; undefined where there are none.
  void begin(float* memory, const at::Tensor& added);
  /// What a slot adds to.
  kernels::ModelGradients& slot(int64_t k) { return gradients_[static_cast<size_t>(k)]; }
  /// Gives every process the sums of all.
  void gather(Communicator& all) const;
  /// Adds the sums, in slot order, to the gradients of the model's parameters.
  void add_to(const Decoder& model) const;

 private:
  void begin_slot(int64_t k, float* memory);

  const BlockKernels& kernels_;
  const FusedPlaces& places_;
  const std::vector<LayerTensors>& layers_;
  int64_t block_floats_, table_floats_, stride_;              // of a block, of [V, C], of a slot
  float* memory_ = nullptr;                                   // [slots, stride]
  std::vector<BiasGradient> bias_;                            // [L]
  std::vector<std::vector<kernels::BlockGradients>> blocks_;  // [slots][L]
  std::vector<kernels::ModelGradients> gradients_;            // [slots]
  at::Tensor added_, added_sums_;                             // sums as `added`, of all slots
};

}  // namespace ww
