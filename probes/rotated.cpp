#include "probes/rotated.hpp"

#include <ATen/TensorOperators.h>

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

Rotated spread(const Rotated& key, int64_t heads) {
  const auto times = heads / key.real.size(0);
  const auto repeated = [&](const at::Tensor& x) {
    return x.defined() && times > 1 ? x.repeat_interleave(times, 0) : x;
  };
  return {repeated(key.real), repeated(key.imaginary), repeated(key.tail)};
}

}  // namespace ww
