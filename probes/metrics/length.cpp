#include "probes/metrics/length.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include <numbers>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

constexpr int64_t kFarthest = 65'536;  // tokens

/// First offset of each head at which its cosines, weighted by usage, sum below 0: [H].
at::Tensor horizon(const at::Tensor& weights, const at::Tensor& theta) {
  const auto offsets = at::arange(kFarthest + 1, at::kDouble);
  const auto curve = weights.matmul((theta.unsqueeze(-1) * offsets).cos());  // [H, offsets]
  const auto below = curve < 0;
  const auto first = below.to(at::kByte).argmax(-1).to(at::kDouble);
  return at::where(below.any(-1), first, at::full_like(first, kNone));
}

}  // namespace

void write_length(const MetricInput& input, ProbeFile& file) {
  const auto exposure = by_layer(input, [&](int64_t l) {
    const auto w = usage_weights(input, l);
    const auto train = static_cast<double>(input.train_length);
    const auto partial = input.model.encoding(l).theta() * train < 2 * std::numbers::pi;
    const auto share = (w * partial).sum(-1) / w.sum(-1);
    return train > 0 ? share : at::full_like(share, kNone);
  });
  file.variables["metrics/ood_exposure"] = to_array({"layer", "head"}, exposure);
  file.variables["metrics/horizon"] =
      to_array({"layer", "head"}, by_layer(input, [&](int64_t l) {
                 return horizon(usage_weights(input, l), input.model.encoding(l).theta());
               }));
}

}  // namespace ww
