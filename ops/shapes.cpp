#include "ops/shapes.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "models/fused/heads.hpp"
#include "ops/fit.hpp"

namespace ww::ops {

namespace {

constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

Home home_of(const at::Tensor& query) {
  return {query.device(), kTypes, "float32, bfloat16 or float16", ".float() or .bfloat16()"};
}

bool is_open(const at::Tensor& x) {
  return x.defined() && x.unsafeGetTensorImpl()->has_symbolic_sizes_strides();
}

bool is_open(const Turning& t) {
  return is_open(t.tables.value_or(at::Tensor())) || is_open(t.phase.value_or(at::Tensor()));
}

}  // namespace

Attended attended_shapes(const at::Tensor& query,
                         const at::Tensor& key,
                         const at::Tensor& value,
                         const Turning& turning) {
  if (!is_open(query) && !is_open(key) && !is_open(value) && !is_open(turning)) {
    check_inputs(query, key, value, home_of(query));
    check_turning(turning, key);
  }
  return {empty_heads(query),
          at::empty_symint(query.sym_sizes().slice(0, 3), query.options().dtype(at::kFloat))};
}

AttendedBack attended_back_shapes(const at::Tensor& gradient,
                                  const Attended& forward,
                                  const at::Tensor& query,
                                  const at::Tensor& key,
                                  const at::Tensor& value,
                                  const Turning& turning) {
  attended_shapes(query, key, value, turning);
  if (!is_open(query) && !is_open(gradient) && !is_open(forward.output) && !is_open(forward.lse))
    check_way_back(gradient, forward, query, home_of(query));
  return {empty_heads(query),
          empty_heads(key),
          empty_heads(value),
          turning.phase ? at::empty_like(*turning.phase) : at::Tensor()};
}

}  // namespace ww::ops
