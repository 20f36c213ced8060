#include "ops/shapes.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

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

/// empty_heads() of models/fused/heads.hpp, also of open sizes.
at::Tensor heads_like(const at::Tensor& x) {
  const auto s = x.sym_sizes();
  return at::empty_symint({s[0], s[2], s[1], s[3]}, x.options()).transpose(1, 2);
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
  return {heads_like(query),
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
  return {heads_like(query),
          heads_like(key),
          heads_like(value),
          turning.phase ? at::empty_like(*turning.phase) : at::Tensor()};
}

}  // namespace ww::ops
