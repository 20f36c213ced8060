// baseline.hpp: the same attention by LibTorch's operators: queries and keys turned and widened,
// then scaled_dot_product_attention with one backend alone, gradients by autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/kernels/cuda/check/problem.hpp"

namespace ww {

enum class Backend { flash, efficient, cudnn, math };

const std::vector<Backend>& backends();

class Baseline {
 public:
  /// The problem's inputs on the GPU; positions are places, no bias, no window.
  Baseline(kernels::cuda::AttentionProblem& problem, Backend backend);
  const char* name() const;
  void forward();
  /// Of the last forward().
  void backward();
  /// Why its time means nothing: LibTorch's own refusal, or an output that is not the kernel's
  /// (problem.output); empty where they agree.
  std::string disagreement(kernels::cuda::AttentionProblem& problem);

 private:
  at::Tensor turned(const at::Tensor& x) const;

  Backend backend_;
  kernels::Kind kind_;
  double scale_;
  at::Tensor query_, key_, value_;  // [B, H, T, D], leaves
  at::Tensor d_output_, cosine_, sine_;
  at::Tensor output_;
};

}  // namespace ww
