#include "models/activation_names.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"

namespace ww {

const std::vector<ActivationRow>& activations() {
  static const std::vector<ActivationRow> table = {
      {"gelu", {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate"}},
      {"gelu-exact", {"gelu", "gelu_python"}},
      {"gelu-10", {"gelu_10"}},
      {"quick-gelu", {"quick_gelu"}},
      {"silu", {"silu", "swish"}},
      {"hardswish", {"hardswish"}},
      {"mish", {"mish"}},
      {"relu", {"relu"}},
      {"relu2", {"relu2"}},
      {"relu6", {"relu6"}},
      {"leaky-relu", {"leaky_relu"}},
      {"sigmoid", {"sigmoid"}},
      {"tanh", {"tanh"}},
      {"linear", {"linear"}},
  };
  return table;
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
