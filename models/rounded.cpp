#include "models/rounded.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <stdexcept>

namespace ww {

namespace {

/// Of the parameters in blocks only matrices decay.
bool is_block_matrix(const ParameterSpec& spec) {
  return spec.decays && spec.name.starts_with("blocks.");
}

/// Where the blocks' matrices lie in the flat buffer.
struct Range {
  int64_t first = 0, count = 0;
};

Range range_of_matrices(const Parameters& parameters) {
  Range range;
  int64_t offset = 0;
  for (const auto& spec : parameters.specs()) {
    if (is_block_matrix(spec)) {
      if (range.count == 0) range.first = offset;
      if (range.first + range.count != offset) {
        throw std::logic_error(spec.name + " does not lie beside the other matrices of blocks");
      }
      range.count += spec.size();
    }
    offset += spec.size();
  }
  return range;
}

}  // namespace

RoundedMatrices::RoundedMatrices(const Parameters& parameters, at::ScalarType type) {
  if (!parameters.gradients().defined()) throw std::logic_error("nobody tracks gradients");
  const auto [first, count] = range_of_matrices(parameters);
  masters_ = parameters.values().narrow(0, first, count);
  master_gradients_ = parameters.gradients().narrow(0, first, count);
  values_ = at::zeros({count}, masters_.options().dtype(type));
  gradients_ = at::zeros({count}, values_.options());
  int64_t offset = 0;
  for (const auto& spec : parameters.specs()) {
    if (!is_block_matrix(spec)) continue;
    const auto view = [&](const at::Tensor& flat) {
      return flat.narrow(0, offset, spec.size()).view(spec.shape);
    };
    auto leaf = view(values_).detach();
    leaf.set_requires_grad(true);
    leaf.mutable_grad() = view(gradients_);
    leaves_[spec.name] = leaf;
    offset += spec.size();
  }
}

Block RoundedMatrices::in_place_of(Block block, int64_t layer) const {
  const auto matrix = [&](const char* name) {
    return leaves_.at(fmt::format("blocks.{}.{}.weight", layer, name));
  };
  block.qkv.weight = matrix("attn.qkv");
  block.out.weight = matrix("attn.out");
  block.mlp_in.weight = matrix("mlp.in");
  block.mlp_out.weight = matrix("mlp.out");
  return block;
}

void RoundedMatrices::refresh() {
  const c10::NoGradGuard no_grad;
  values_.copy_(masters_);
}

void RoundedMatrices::hand_over_gradients() {
  const c10::NoGradGuard no_grad;
  master_gradients_.add_(gradients_);
  gradients_.zero_();
}

}  // namespace ww
