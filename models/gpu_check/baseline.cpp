#include "models/gpu_check/baseline.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/pad.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softplus.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

namespace ww {

using namespace kernels;
using namespace kernels::cuda;

namespace {

/// [B, H, T, D] on the GPU, a copy of its own.
at::Tensor heads_of(Rows& rows, Element element) {
  const auto type = element == Element::bfloat16 ? at::kBFloat16 : at::kHalf;
  const auto view = at::from_blob(rows.bits.data(),
                                  {rows.B, rows.H, rows.T, rows.D},
                                  {rows.T * rows.place(), rows.D, rows.place(), 1},
                                  type);
  return view.contiguous().to(at::kCUDA);
}

/// Only one backend from here on.
void allow_only(Backend backend) {
  auto& context = at::globalContext();
  context.setSDPUseFlash(backend == Backend::flash);
  context.setSDPUseMemEfficient(backend == Backend::efficient);
  context.setSDPUseCuDNN(backend == Backend::cudnn);
  context.setSDPUseMath(backend == Backend::math);
}

}  // namespace

const std::vector<Backend>& backends() {
  static const std::vector<Backend> all = {
      Backend::flash, Backend::efficient, Backend::cudnn, Backend::math};
  return all;
}

Baseline::Baseline(AttentionProblem& problem, Backend backend)
    : backend_(backend),
      kind_(problem.options.kind),
      scale_(problem.args.scale),
      query_(heads_of(problem.query, problem.options.element).requires_grad_()),
      key_(heads_of(problem.key, problem.options.element).requires_grad_()),
      value_(heads_of(problem.value, problem.options.element).requires_grad_()),
      d_output_(heads_of(problem.d_output, problem.options.element)) {
  const int64_t places = problem.args.table_rows;
  const auto frequencies = static_cast<int64_t>(problem.table.size()) / places / 2;
  const auto table =
      at::from_blob(problem.table.data(), {places, frequencies, 2}, at::kFloat).to(at::kCUDA);
  cosine_ = table.select(2, 0).contiguous();  // [T, F]
  sine_ = table.select(2, 1).contiguous();
}

const char* Baseline::name() const {
  constexpr const char* kNames[] = {"flash", "efficient", "cudnn", "math"};
  return kNames[static_cast<size_t>(backend_)];
}

at::Tensor Baseline::turned(const at::Tensor& x) const {
  if (kind_ == Kind::polar) {
    const auto magnitude = at::softplus(x.to(at::kFloat));
    return at::cat({magnitude * cosine_, magnitude * sine_}, -1).to(x.scalar_type());
  }
  const auto half = x.size(-1) / 2;
  const auto first = x.narrow(-1, 0, half).to(at::kFloat);
  const auto second = x.narrow(-1, half, half).to(at::kFloat);
  return at::cat({first * cosine_ - second * sine_, first * sine_ + second * cosine_}, -1)
      .to(x.scalar_type());
}

void Baseline::forward() {
  allow_only(backend_);
  const auto q = turned(query_), k = turned(key_);
  const auto D = value_.size(-1), missing = q.size(-1) - D;
  const bool equal_widths = backend_ == Backend::flash && missing > 0;  // it takes no others
  const auto v = equal_widths ? at::pad(value_, {0, missing}) : value_;
  const auto all = at::scaled_dot_product_attention(q, k, v, {}, 0, true, scale_);
  output_ = equal_widths ? all.narrow(-1, 0, D) : all;
}

void Baseline::backward() { torch::autograd::grad({output_}, {query_, key_, value_}, {d_output_}); }

std::string Baseline::disagreement(AttentionProblem& problem) {
  try {
    forward();
    backward();
  } catch (const std::exception& error) {
    const std::string words = error.what();
    return words.substr(0, words.find('\n'));
  }
  const auto kernel = heads_of(problem.output, problem.options.element).to(at::kFloat);
  const auto own = output_.detach().to(at::kFloat);
  const double distance = ((own - kernel).norm() / kernel.norm()).item<double>();
  constexpr double kAllowed = 2e-2;  // both are rounded, and differently
  return distance < kAllowed ? "" : fmt::format("its output differs by {:.1e}", distance);
}

}  // namespace ww
