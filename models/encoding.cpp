#include "models/encoding.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <numbers>

#include "models/device.hpp"

namespace ww {

Turn make_turn(const at::Tensor& positions,
               const at::Tensor& theta,
               at::TensorOptions options,
               double factor) {
  auto angle = (positions.to(at::kDouble).unsqueeze(-1) * theta).fmod(2 * std::numbers::pi);
  if (positions.dim() == 2) angle = angle.unsqueeze(1);  // [B, 1, T, F]
  return {send(angle, options),
          send(angle.cos() * factor, options),
          send(angle.sin() * factor, options)};
}

EncodingSetting setting_of(const ModelConfig& config, int64_t layer) {
  return {config.heads,
          config.key_heads,
          config.head_width,
          config.encoding_options,
          config.table(layer)};
}

at::Tensor held(const LearnedPhase& phase) {
  return phase.parameter.defined() ? phase.parameter.clamp(phase.low, phase.high) : at::Tensor();
}

at::Tensor Encoding::query(const at::Tensor& x, const Turn&) const { return x; }
at::Tensor Encoding::key(const at::Tensor& x, const Turn&) const { return x; }
at::Tensor Encoding::bias(const at::Tensor&) const { return {}; }
at::Tensor Encoding::theta() const { return at::empty({0}, at::kDouble); }
std::optional<Rotation> Encoding::rotation() const { return Rotation{}; }

Chunks Encoding::query_chunks(const at::Tensor& x) const {
  const auto none = x.narrow(-1, 0, 0);
  return {none, none, x};
}

Chunks Encoding::key_chunks(const at::Tensor& x) const { return query_chunks(x); }

}  // namespace ww
