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
#include <fmt/ranges.h>

#include "base/check.hpp"

namespace ww {

using at::Tensor;

const std::vector<ActivationRow>& activations() {
  static const std::vector<ActivationRow> table = {
      {"gelu",
       {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate"},
       [](const Tensor& x) { return at::gelu(x, "tanh"); }},
      {"gelu-exact", {"gelu", "gelu_python"}, [](const Tensor& x) { return at::gelu(x); }},
      {"gelu-10", {"gelu_10"}, [](const Tensor& x) { return at::gelu(x).clamp(-10, 10); }},
      {"quick-gelu", {"quick_gelu"}, [](const Tensor& x) { return x * (1.702 * x).sigmoid(); }},
      {"silu", {"silu", "swish"}, [](const Tensor& x) { return at::silu(x); }},
      {"hardswish", {"hardswish"}, [](const Tensor& x) { return at::hardswish(x); }},
      {"mish", {"mish"}, [](const Tensor& x) { return at::mish(x); }},
      {"relu", {"relu"}, [](const Tensor& x) { return at::relu(x); }},
      {"relu2", {"relu2"}, [](const Tensor& x) { return at::relu(x).square(); }},
      {"relu6", {"relu6"}, [](const Tensor& x) { return at::relu6(x); }},
      {"leaky-relu", {"leaky_relu"}, [](const Tensor& x) { return at::leaky_relu(x); }},
      {"sigmoid", {"sigmoid"}, [](const Tensor& x) { return x.sigmoid(); }},
      {"tanh", {"tanh"}, [](const Tensor& x) { return x.tanh(); }},
      {"linear", {"linear"}, [](const Tensor& x) { return x; }},
  };
  return table;
}

const ActivationRow* find_activation(const std::string& name) {
  for (const auto& row : activations()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

std::string activation_of(const std::string& theirs, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& row : activations()) {
    for (const auto* const other : row.others) {
      if (theirs == other) return row.name;
      known.emplace_back(other);
    }
  }
  refuse("{}: the activation '{}' is not supported; there are: {}",
         where,
         theirs,
         fmt::join(known, ", "));
}

}  // namespace ww
