#include "probes/ablate/reference.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/zeros_like.h>

#include "probes/metrics/by_layer.hpp"

namespace ww {

Reference Reference::of(const at::Tensor& chunks) const {
  const auto pick = [&](const at::Tensor& x) { return x.index_select(-1, chunks); };
  return {pick(query_mean), pick(key_mean), pick(query_size), pick(key_size), pick(product)};
}

References::References(const Statistics& statistics) : statistics_(statistics) {
  for (const auto& layer : statistics.layers) {
    query_.push_back(pooled(layer.query));
    key_.push_back(pooled(layer.key));
  }
}

References::Sums References::sums_of(const UsageSums& text) {
  const auto tokens = static_cast<double>(text.tokens);
  if (text.norm.size(-1) > 0) return {tokens, at::complex(text.real, text.imaginary), text.norm};
  return {tokens, at::complex(text.tail_sum, at::zeros_like(text.tail_sum)), text.tail_size};
}

References::Sums References::pooled(const std::vector<UsageSums>& texts) {
  auto all = sums_of(texts.front());
  for (size_t i = 1; i < texts.size(); ++i) {
    const auto text = sums_of(texts[i]);
    all = {all.tokens + text.tokens, all.mean + text.mean, all.size + text.size};
  }
  return all;
}

References::Sums References::less(const Sums& all, const Sums& part) {
  return {all.tokens - part.tokens, all.mean - part.mean, all.size - part.size};
}

Reference References::without(int64_t layer, int64_t text) const {
  const auto l = static_cast<size_t>(layer), i = static_cast<size_t>(text);
  const auto query = less(query_[l], sums_of(statistics_.layers[l].query[i]));
  const auto key = less(key_[l], sums_of(statistics_.layers[l].key[i]));
  const auto H = query.mean.size(0);
  Reference r;
  r.query_mean = query.mean / query.tokens;
  r.query_size = query.size / query.tokens;
  r.key_mean = for_queries(key.mean / key.tokens, H);
  r.key_size = for_queries(key.size / key.tokens, H);
  r.product = r.query_mean.conj() * r.key_mean;
  return r;
}

}  // namespace ww
