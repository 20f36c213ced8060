#include "probes/metrics/length.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <numbers>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

constexpr int64_t kFarthest = 65'536;  // tokens
constexpr int64_t kAtOnce = 1'024;     // offsets

/// First offset of each head at which its cosines, weighted by usage [L, H, F], sum below 0:
/// [L, H]. Layers that share their theta [L, F] share one table of cosines.
at::Tensor horizons(const at::Tensor& weights, const at::Tensor& theta) {
  const bool shared = (theta == theta[0]).all().item<bool>();
  const auto rows = shared ? weights.flatten(0, 1).unsqueeze(0) : weights;
  const auto angle = (shared ? theta.narrow(0, 0, 1) : theta).unsqueeze(-1);  // of offset 1
  auto found = at::full({rows.size(0), rows.size(1)}, kNone, at::kDouble);
  for (int64_t first = 0; first <= kFarthest; first += kAtOnce) {
    const auto end = std::min(first + kAtOnce, kFarthest + 1);
    const auto below = at::bmm(rows, (angle * at::arange(first, end, at::kDouble)).cos()) < 0;
    const auto offset = below.to(at::kByte).argmax(-1).to(at::kDouble) + first;
    found = at::where(found.isnan() & below.any(-1), offset, found);
    if (!found.isnan().any().item<bool>()) break;
  }
  return found.view({weights.size(0), weights.size(1)});
}

}  // namespace

void write_length(const MetricInput& input, ProbeFile& file) {
  const auto weights = by_layer(input, [&](int64_t l) { return usage_weights(input, l); });
  const auto theta = frequencies(input.model);  // [L, F]
  const auto train = static_cast<double>(input.train_length);
  const auto partial = (theta * train < 2 * std::numbers::pi).unsqueeze(1);
  const auto share = (weights * partial).sum(-1) / weights.sum(-1);
  const auto exposure = train > 0 ? share : at::full_like(share, kNone);
  file.variables["metrics/ood_exposure"] = to_array({"layer", "head"}, exposure);
  file.variables["metrics/horizon"] = to_array({"layer", "head"}, horizons(weights, theta));
}

}  // namespace ww
