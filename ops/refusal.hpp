// refusal.hpp: how the operators refuse what they are given: a sentence in a RuntimeError.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#define WW_CHECK(holds, ...) TORCH_CHECK(holds, "whatwhere::attention: ", __VA_ARGS__)

namespace ww::ops {

inline void check_float(const at::Tensor& x, const char* name) {
  WW_CHECK(x.device().is_cpu() && x.layout() == at::kStrided,
           name,
           " must be a dense tensor on the CPU but is ",
           x.layout(),
           " on ",
           x.device());
  WW_CHECK(x.scalar_type() == at::kFloat,
           name,
           " must be float32 but is ",
           x.scalar_type(),
           "; convert it with .float()");
}

}  // namespace ww::ops
