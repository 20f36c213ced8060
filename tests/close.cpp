#include "tests/close.hpp"

#include <ATen/TensorOperators.h>

#include "tests/catch.hpp"

namespace ww::test {

void require_close(const at::Tensor& a, const at::Tensor& b, double tolerance) {
  REQUIRE(a.sizes() == b.sizes());
  const double size = b.detach().norm().item<double>();
  const double error = (a.detach() - b.detach()).norm().item<double>();
  INFO("relative error " << (size > 0 ? error / size : error));
  REQUIRE(error <= tolerance * (size > 0 ? size : 1));
}

}  // namespace ww::test
