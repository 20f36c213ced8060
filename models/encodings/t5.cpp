#include "models/encodings/t5.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "models/device.hpp"

namespace ww {

int64_t t5_bucket(int64_t d, int64_t buckets, int64_t max_distance) {
  const auto exact = buckets / 2;
  if (d < exact) return d;
  const double share = std::log(static_cast<double>(d) / static_cast<double>(exact)) /
                       std::log(static_cast<double>(max_distance) / static_cast<double>(exact));
  const auto step = static_cast<int64_t>(share * static_cast<double>(buckets - exact));
  return std::min(buckets - 1, exact + step);
}

T5::T5(const EncodingSetting& setting, at::Tensor table)
    : buckets_(setting.options.buckets),
      max_distance_(setting.options.max_distance),
      table_(std::move(table)) {}

at::Tensor T5::bias(const at::Tensor& positions) const {
  // The future is masked anyway: its distance counts as 0.
  auto index = (positions.unsqueeze(-1) - positions.unsqueeze(-2)).clamp_min(0).contiguous();
  auto* const d = index.mutable_data_ptr<int64_t>();  // [.., T, T]
  for (int64_t i = 0; i < index.numel(); ++i) d[i] = t5_bucket(d[i], buckets_, max_distance_);
  auto shape = index.sizes().vec();  // [T, T] or [B, T, T]
  const auto bias = table_.index_select(1, send(index.flatten(), table_.device()));
  if (shape.size() == 2) return bias.view({-1, shape[0], shape[1]});
  return bias.view({-1, shape[0], shape[1], shape[2]}).transpose(0, 1);
}

std::vector<ParameterSpec> t5_parameters(const EncodingSetting& setting) {
  const auto& o = setting.options;
  check(o.buckets >= 2 && o.max_distance > o.buckets / 2,
        "[t5] needs --t5-buckets of 2 or more and --t5-max-distance above half of them but got {} "
        "and {}",
        o.buckets,
        o.max_distance);
  return {{"bias", {setting.heads, o.buckets}, Init::normal, false}};
}

std::unique_ptr<Encoding> make_t5(const EncodingSetting& setting, const ParameterLookup& lookup) {
  return std::make_unique<T5>(setting, lookup("bias"));
}

}  // namespace ww
