#include "probes/rotated.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

namespace ww {

Rotated rotated(const Encoding& encoding,
                Side side,
                const at::Tensor& x,
                const at::Tensor& positions) {
  const auto z = chunks_of(encoding, x, side);
  const auto angle = positions.to(at::kCPU, at::kDouble).unsqueeze(-1) * encoding.theta();
  const auto cosine = angle.cos().to(z.real.options()), sine = angle.sin().to(z.real.options());
  return {z.real * cosine - z.imaginary * sine, z.real * sine + z.imaginary * cosine, z.tail};
}

at::Tensor products(const at::Tensor& query, const at::Tensor& key) {
  const auto served = query.size(0) / key.size(0);
  const auto by_key_head = query.reshape({key.size(0), served * query.size(1), key.size(2)});
  return by_key_head.matmul(key.mT()).view({query.size(0), query.size(1), key.size(1)});
}

at::Tensor scores_of(const Rotated& query, const Rotated& key, double scale, double factor) {
  const auto pairs = [](const Rotated& z) { return at::cat({z.real, z.imaginary}, -1); };
  auto scores = products(pairs(query), pairs(key)) * (scale * factor * factor);
  if (query.tail.defined()) scores = scores + products(query.tail, key.tail) * scale;
  return scores;
}

Rotated spread(const Rotated& key, int64_t heads) {
  const auto times = heads / key.real.size(0);
  const auto repeated = [&](const at::Tensor& x) {
    return x.defined() && times > 1 ? x.repeat_interleave(times, 0) : x;
  };
  return {repeated(key.real), repeated(key.imaginary), repeated(key.tail)};
}

}  // namespace ww
