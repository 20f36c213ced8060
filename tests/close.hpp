// close.hpp: tensors that must agree.
#pragma once

#include <ATen/core/Tensor.h>

namespace ww::test {

/// Requires equal shapes and |a - b|_2 <= tolerance |b|_2, absolute where b is zero.
void require_close(const at::Tensor& a, const at::Tensor& b, double tolerance);

}  // namespace ww::test

using ww::test::require_close;
