#include "probes/rotated.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

namespace ww {

namespace {

Rotated turned(const Chunks& z, const at::Tensor& theta, const at::Tensor& positions) {
  const auto angle = positions.to(at::kCPU, at::kDouble).unsqueeze(-1) * theta;  // [T, F], rad
  const auto cosine = angle.cos().to(z.real.options()), sine = angle.sin().to(z.real.options());
  return {z.real * cosine - z.imaginary * sine, z.real * sine + z.imaginary * cosine, z.tail};
}

}  // namespace

Rotated rotated_query(const AttentionView& view, const at::Tensor& rows) {
  const auto z = view.encoding->query_chunks(view.q.index_select(1, rows));
  return turned(z, view.encoding->theta(), rows);
}

Rotated rotated_key(const AttentionView& view) {
  const auto z = view.encoding->key_chunks(view.k);
  return turned(z, view.encoding->theta(), at::arange(view.k.size(1)));
}

Rotated spread(const Rotated& key, int64_t heads) {
  const auto times = heads / key.real.size(0);
  const auto repeated = [&](const at::Tensor& x) {
    return x.defined() && times > 1 ? x.repeat_interleave(times, 0) : x;
  };
  return {repeated(key.real), repeated(key.imaginary), repeated(key.tail)};
}

}  // namespace ww
