#include "models/encodings/absolute.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/stack.h>

#include <algorithm>

#include "base/check.hpp"
#include "models/device.hpp"
#include "models/lookup.hpp"

namespace ww {

namespace {

void check_reach(const EncodingOptions& options, const at::Tensor& positions) {
  const auto all = positions.contiguous();
  const auto* const first = all.const_data_ptr<int64_t>();
  const auto farthest = *std::max_element(first, first + all.numel());
  check(farthest < options.max_length,
        "position {} lies beyond the {} that --max-length gives; raise it",
        farthest,
        options.max_length);
}

}  // namespace

std::vector<ParameterSpec> learned_parameters(const EncodingOptions& options, int64_t C) {
  check(options.max_length > 0, "[learned] --max-length must be positive");
  return {{"weight", {options.max_length, C}, Init::normal, true}};
}

at::Tensor learned_embedding(const EncodingOptions& options,
                             int64_t,
                             const at::Tensor& positions,
                             const ParameterLookup& lookup) {
  check_reach(options, positions);
  const auto table = lookup("weight");
  return look_up(table, send(positions, table.device()));
}

std::vector<ParameterSpec> sinusoidal_parameters(const EncodingOptions& options, int64_t C) {
  check(C % 2 == 0, "[sinusoidal] the width must be even but got {}", C);
  check(options.base > 1, "[sinusoidal] --base must be above 1 but got {}", options.base);
  check(options.max_length > 0, "[sinusoidal] --max-length must be positive");
  return {};
}

at::Tensor sinusoidal_embedding(const EncodingOptions& options,
                                int64_t C,
                                const at::Tensor& positions,
                                const ParameterLookup&) {
  check_reach(options, positions);
  const auto w =
      at::pow(options.base, at::arange(C / 2, at::kDouble) * (-2.0 / static_cast<double>(C)));
  const auto angle = positions.to(at::kDouble).unsqueeze(-1) * w;  // [.., T, C/2], rad
  return at::stack({angle.sin(), angle.cos()}, -1).flatten(-2);
}

}  // namespace ww
