#include "models/encodings/pope.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <numbers>
#include <utility>

#include "base/check.hpp"

namespace ww {

struct MagnitudeRow {
  const char* name;
  kernels::Magnitude kernel;
  at::Tensor (*of)(const at::Tensor&);
};

namespace {

using kernels::Magnitude;

/// The paper's function and the two of its Table 5.
constexpr MagnitudeRow kMagnitudes[] = {
    {"softplus", Magnitude::softplus, [](const at::Tensor& x) { return at::softplus(x); }},
    {"relu", Magnitude::relu, [](const at::Tensor& x) { return x.relu(); }},
    {"identity", Magnitude::identity, [](const at::Tensor& x) { return x; }},
};

}  // namespace

Pope::Pope(const EncodingSetting& setting, at::Tensor delta)
    : width_(setting.width), magnitude_(nullptr), delta_(std::move(delta)) {
  const auto& o = setting.options;
  check(o.base > 1, "[pope] --base must be above 1 but got {}", o.base);
  for (const auto& row : kMagnitudes) {
    if (o.magnitude == row.name) magnitude_ = &row;
  }
  check(magnitude_ != nullptr,
        "[pope] --pope-magnitude must be softplus, relu or identity but got '{}'",
        o.magnitude);
  const auto D = width_;
  theta_ = setting.table != nullptr
               ? at::tensor(setting.table->theta, at::kDouble)
               : at::pow(o.base, at::arange(D, at::kDouble) / -static_cast<double>(D));
  check(theta_.numel() > 0 && theta_.numel() <= D,
        "[pope] {} frequencies are none or more than the head width of {}",
        theta_.numel(),
        D);
}

at::Tensor Pope::magnitude(const at::Tensor& x) const {
  return magnitude_->of(x.narrow(-1, 0, theta_.numel()));
}

at::Tensor Pope::tail(const at::Tensor& x) const {
  const auto F = theta_.numel(), D = x.size(-1);
  return F < D ? x.narrow(-1, F, D - F) : at::Tensor();
}

at::Tensor Pope::turned(const at::Tensor& x,
                        const at::Tensor& cosine,
                        const at::Tensor& sine) const {
  const auto mu = magnitude(x), rest = tail(x);
  if (!rest.defined()) return at::cat({mu * cosine, mu * sine}, -1);
  return at::cat({mu * cosine, mu * sine, rest}, -1);
}

/// Kernels turn every feature or none.
std::optional<Rotation> Pope::rotation() const {
  if (theta_.numel() != width_) return {};
  return Rotation{kernels::Kind::polar, magnitude_->kernel, {}};
}

LearnedPhase Pope::learned_phase() const { return {delta_, -2 * std::numbers::pi, 0}; }

at::Tensor Pope::query(const at::Tensor& x, const Turn& turn) const {
  return turned(x, turn.cosine, turn.sine);
}

at::Tensor Pope::key(const at::Tensor& x, const Turn& turn) const {
  if (!delta_.defined()) return query(x, turn);
  const auto angle = turn.angle + phase();  // [.., Hk, T, F], rad
  return turned(x, angle.cos(), angle.sin());
}

Chunks Pope::query_chunks(const at::Tensor& x) const {
  const auto mu = magnitude(x);
  return {mu, at::zeros_like(mu), tail(x)};
}

Chunks Pope::key_chunks(const at::Tensor& x) const {
  const auto mu = magnitude(x);
  if (!delta_.defined()) return {mu, at::zeros_like(mu), tail(x)};
  return {mu * phase().cos(), mu * phase().sin(), tail(x)};
}

std::vector<ParameterSpec> pope_parameters(const EncodingSetting& setting) {
  (void)Pope(setting, {});  // refuses what cannot work before anything is built
  const auto& delta = setting.options.delta;
  if (delta == "off") return {};
  check(delta == "zero" || delta == "uniform",
        "[pope] --pope-delta must be zero, uniform or off but got '{}'",
        delta);
  const auto init = delta == "zero" ? Init::zeros : Init::phase;
  const auto F =
      setting.table != nullptr ? static_cast<int64_t>(setting.table->theta.size()) : setting.width;
  return {{"delta", {setting.key_heads, F}, init, false}};
}

std::unique_ptr<Encoding> make_pope(const EncodingSetting& setting, const ParameterLookup& lookup) {
  const bool learned = setting.options.delta != "off";
  return std::make_unique<Pope>(setting, learned ? lookup("delta") : at::Tensor());
}

}  // namespace ww
