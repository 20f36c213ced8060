#include "models/activations.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/silu.h>

#include <map>

namespace ww {

using at::Tensor;

Activation activation_named(const std::string& name) {
  static const std::map<std::string, Activation> table = {
      {"gelu", [](const Tensor& x) { return at::gelu(x, "tanh"); }},
      {"gelu-exact", [](const Tensor& x) { return at::gelu(x); }},
      {"gelu-10", [](const Tensor& x) { return at::gelu(x).clamp(-10, 10); }},
      {"quick-gelu", [](const Tensor& x) { return x * (1.702 * x).sigmoid(); }},
      {"silu", [](const Tensor& x) { return at::silu(x); }},
      {"hardswish", [](const Tensor& x) { return at::hardswish(x); }},
      {"mish", [](const Tensor& x) { return at::mish(x); }},
      {"relu", [](const Tensor& x) { return at::relu(x); }},
      {"relu2", [](const Tensor& x) { return at::relu(x).square(); }},
      {"relu6", [](const Tensor& x) { return at::relu6(x); }},
      {"leaky-relu", [](const Tensor& x) { return at::leaky_relu(x); }},
      {"sigmoid", [](const Tensor& x) { return x.sigmoid(); }},
      {"tanh", [](const Tensor& x) { return x.tanh(); }},
      {"linear", [](const Tensor& x) { return x; }},
  };
  return table.at(name);
}

}  // namespace ww
