// fused.hpp: the fused CPU kernels at work for one decoder, a block at a time under autograd or the
// whole model without it. Its twin, the specification, is Decoder's composition of tensor
// operations.
//
// The batch is cut into kSlots parts, each with its own gradients, whatever the threads; threads
// or processes take parts, and their gradients are added in order: the same bits for any number of
// either.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "models/fused/engine.hpp"
#include "models/fused/memory.hpp"
#include "models/fused/places.hpp"
#include "models/fused/slots.hpp"

namespace ww {

/// Buffers and tables are kept from call to call: one object is for one thread at a time.
class Fused {
 public:
  /// Throws InputError where the model or the instruction set can't run (see choice.hpp).
  Fused(const Decoder& model, const Engine& engine);

  /// From here on the slots of a call are dealt to these processes, which all make the same calls;
  /// each gets all results. There are no more of them than slots.
  void share_with(Communicator& all) { all_ = &all; }

  /// Whether strings of `length` tokens are for the fused kernels.
  bool takes(int64_t length) const;

  /// Logits [B, R, V] without gradients.
  at::Tensor logits(const Decoder& model, const Input& input);
  /// x [B, T, C] through all blocks, [B, R, C], each block one function of autograd.
  at::Tensor blocks(const Decoder& model, const Input& input, at::Tensor x);
  /// Mean cross-entropy at the graded rows, nats, times `share`; adds its gradient to the
  /// parameters'. answers [B R], int64.
  double loss_and_gradient(const Decoder& model,
                           const Input& input,
                           const at::Tensor& answers,
                           double share);

 private:
  struct Batch;  // one call's arguments
  using SlotWork = std::function<void(int64_t slot, SlotRange range, int64_t group, float* memory)>;

  void pack(const Decoder& model, Batch& batch);
  void prepare(const Decoder& model, const Input& input, Batch& batch);
  void each_slot(const Batch& batch, const SlotWork& work);

  const kernels::Table& table_;
  Communicator* all_ = nullptr;  // null: this process alone
  bool any_length_;
  Rotation rotation_;
  kernels::BlockShape shape_;
  AngleTable angles_;
  Memory packed_, slots_, work_;
};

}  // namespace ww
