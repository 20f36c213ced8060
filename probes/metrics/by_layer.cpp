#include "probes/metrics/by_layer.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/complex.h>

namespace ww {

at::Tensor for_queries(const at::Tensor& keys, int64_t heads) {
  return keys.repeat_interleave(heads / keys.size(0), 0);
}

at::Tensor usage_weights(const MetricInput& input, int64_t layer) {
  const auto& sums = input.statistics.layers[static_cast<size_t>(layer)];
  const auto query = mean_norm(sums.query, input.averaging);
  return query * for_queries(mean_norm(sums.key, input.averaging), query.size(0));
}

at::Tensor mean_chunk(const std::vector<UsageSums>& texts, Averaging averaging) {
  return at::complex(mean_of(texts, &UsageSums::real, averaging),
                     mean_of(texts, &UsageSums::imaginary, averaging));
}

at::Tensor mean_products(const MetricInput& input, int64_t layer) {
  const auto& sums = input.statistics.layers[static_cast<size_t>(layer)];
  const auto query = mean_chunk(sums.query, input.averaging);
  return query.conj() * for_queries(mean_chunk(sums.key, input.averaging), query.size(0));
}

at::Tensor resultants(const MetricInput& input, int64_t layer) {
  return mean_products(input, layer).abs() / usage_weights(input, layer);
}

PairingRule pairing_rule(const Decoder& model, int64_t layer) {
  const auto& encoding = model.encoding(layer);
  return {model.config().scale(), encoding.factor(), encoding.theta()};
}

at::Tensor frequencies(const Decoder& model) {
  std::vector<at::Tensor> layers;
  for (int64_t l = 0; l < model.config().layers; ++l) layers.push_back(model.encoding(l).theta());
  return at::stack(layers);
}

at::Tensor participation_ratio(const at::Tensor& weights) {
  const auto sum = weights.sum(-1);
  return sum * sum / (weights * weights).sum(-1);
}

}  // namespace ww
