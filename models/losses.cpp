// losses.cpp: the decoder's cross-entropy row by row, for vocabularies too large for [R, V] logits.

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>

#include "models/decoder.hpp"

namespace ww {

namespace {

constexpr int64_t kHeadSymbols = 8192;  // of the head used at a time
constexpr int64_t kLossRows = 256;      // rows whose logits stand in memory at a time

}  // namespace

at::Tensor Decoder::losses(const at::Tensor& x, const at::Tensor& targets) const {
  const auto y = normalise(x, norm("norm"), config_);
  const std::string name = config_.tied ? "embed.weight" : "head.weight";
  const auto bias = tensor("head.bias");
  const auto R = x.size(0), V = config_.vocabulary;
  auto total =
      at::full({R}, -std::numeric_limits<double>::infinity(), x.options().dtype(at::kDouble));
  auto chosen = at::zeros({R}, total.options());
  for (int64_t v = 0; v < V; v += kHeadSymbols) {
    const auto count = std::min(kHeadSymbols, V - v);
    const auto weight =
        source_ ? source_->rows(name, v, count) : parameters_.at(name).narrow(0, v, count);
    const auto part = bias.defined() ? bias.narrow(0, v, count) : bias;
    for (int64_t r = 0; r < R; r += kLossRows) {
      const auto rows = std::min(kLossRows, R - r);
      const auto z = capped(at::linear(y.narrow(0, r, rows), weight, part)).to(at::kDouble);
      total.narrow(0, r, rows).copy_(at::logaddexp(total.narrow(0, r, rows), z.logsumexp(-1)));
      const auto target = targets.narrow(0, r, rows) - v;  // [rows]
      const auto here = (target >= 0) & (target < count);
      const auto picked = z.gather(-1, target.clamp(0, count - 1).unsqueeze(-1)).squeeze(-1);
      chosen.narrow(0, r, rows).copy_(at::where(here, picked, chosen.narrow(0, r, rows)));
    }
  }
  return total - chosen;
}

}  // namespace ww
