// by_layer.hpp: what several metrics take from the statistics.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include "probes/decomposition.hpp"
#include "probes/metrics.hpp"

namespace ww {

/// f(layer) of every layer, stacked: [L, ..].
template <typename F>
at::Tensor by_layer(const MetricInput& input, F&& f) {
  std::vector<at::Tensor> layers;
  for (int64_t l = 0; l < input.model.config().layers; ++l) layers.push_back(f(l));
  return at::stack(layers);
}

/// Rows of key heads [Hk, ..] repeated for the H query heads that they serve.
at::Tensor for_queries(const at::Tensor& keys, int64_t heads);

/// Usage of queries and keys together, w = N_q N_k: [H, F].
at::Tensor usage_weights(const MetricInput& input, int64_t layer);

/// Mean chunk of one side as it is averaged: [G, F], complex.
at::Tensor mean_chunk(const std::vector<UsageSums>& texts, Averaging averaging);

/// E g = conj(E zq) E zk of freely paired queries and keys: [H, F], complex.
at::Tensor mean_products(const MetricInput& input, int64_t layer);

/// R = (|E zq| / E|zq|) (|E zk| / E|zk|): [H, F].
at::Tensor resultants(const MetricInput& input, int64_t layer);

PairingRule pairing_rule(const Decoder& model, int64_t layer);

/// Frequencies of every layer: [L, F], rad/token.
at::Tensor frequencies(const Decoder& model);

/// (sum w)^2 / sum w^2 over the last dimension: how many equal weights are as concentrated.
at::Tensor participation_ratio(const at::Tensor& weights);

}  // namespace ww
