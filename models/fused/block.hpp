// block.hpp: one transformer block on the fused kernels as a function of autograd, under any loss.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "models/fused/places.hpp"
#include "models/kernels/model.hpp"

namespace ww {

/// A block's parameters as in config.hpp, and what its encoding adds; undefined where it has none.
struct LayerTensors {
  at::Tensor attn_norm, qkv, out, mlp_norm, up, down;
  LearnedPhase phase;
  at::Tensor bias;  // bias(): [H, T, T] or [B, H, T, T]
};

LayerTensors layer_tensors(const Decoder& model, int64_t layer, const FusedPlaces& places);

kernels::BlockTensors<const float> values_of(const LayerTensors& layer);

/// How every block of a model runs.
struct BlockKernels {
  const kernels::Table* table;
  kernels::BlockShape shape;
  std::vector<int32_t> order;  // of features; empty: as they are

  const int32_t* order_or_null() const { return order.empty() ? nullptr : order.data(); }
};

/// x [B, T, C] -> [B, T, C], or [B, R, C] at the wanted rows if `last`.
at::Tensor fused_block(const BlockKernels& kernels,
                       const std::shared_ptr<const FusedPlaces>& places,
                       int64_t layer,
                       bool last,
                       const LayerTensors& tensors,
                       const at::Tensor& x);

}  // namespace ww
