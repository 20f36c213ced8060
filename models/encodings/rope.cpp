#include "models/encodings/rope.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "base/check.hpp"
#include "models/pair_order.hpp"

namespace ww {

Rope::Rope(const EncodingSetting& setting) : width_(setting.width) {
  const auto& o = setting.options;
  const auto D = width_;
  check(o.layout == "half" || o.layout == "adjacent",
        "[rope] --rope-layout must be half or adjacent but got '{}'",
        o.layout);
  adjacent_ = o.layout == "adjacent";
  if (setting.table != nullptr) {
    use_table(*setting.table, D);
    return;
  }
  check(o.rotary_fraction > 0 && o.rotary_fraction <= 1,
        "[rope] --rotary-fraction must be above 0 and at most 1 but got {}",
        o.rotary_fraction);
  rotary_width_ = static_cast<int64_t>(static_cast<double>(D) * o.rotary_fraction);
  check(rotary_width_ > 0 && rotary_width_ % 2 == 0,
        "[rope] the features that turn must be even in number but {} of head width {} are {}; "
        "choose other heads, width or --rotary-fraction",
        o.rotary_fraction,
        D,
        rotary_width_);
  check(o.base > 1, "[rope] --base must be above 1 but got {}", o.base);
  check(o.keep_fraction >= 0 && o.keep_fraction <= 1,
        "[rope] --keep-fraction must be from 0 to 1 but got {}",
        o.keep_fraction);
  const auto F = rotary_width_ / 2;
  theta_ =
      at::pow(o.base, at::arange(F, at::kDouble) * (-2.0 / static_cast<double>(rotary_width_)));
  const auto kept = std::llround(o.keep_fraction * static_cast<double>(F));
  theta_.narrow(0, kept, F - kept).zero_();
}

void Rope::use_table(const FrequencyTable& table, int64_t D) {
  rotary_width_ = 2 * static_cast<int64_t>(table.theta.size());
  check(rotary_width_ > 0 && rotary_width_ <= D,
        "[rope] {} frequencies turn {} features but the head width is {}",
        table.theta.size(),
        rotary_width_,
        D);
  theta_ = at::tensor(table.theta, at::kDouble);
  factor_ = table.factor;
}

Chunks Rope::chunks(const at::Tensor& x) const {
  const auto D = x.size(-1), r = rotary_width_;
  const auto tail = r < D ? x.narrow(-1, r, D - r) : at::Tensor();
  if (adjacent_) return {x.slice(-1, 0, r, 2), x.slice(-1, 1, r, 2), tail};
  return {x.narrow(-1, 0, r / 2), x.narrow(-1, r / 2, r / 2), tail};
}

std::optional<Rotation> Rope::rotation() const {
  return Rotation{kernels::Kind::pairs, {}, pair_order(width_, rotary_width_ / 2, adjacent_)};
}

at::Tensor Rope::rotate(const at::Tensor& x, const Turn& turn) const {
  const auto z = chunks(x);
  const auto real = (z.real * turn.cosine).addcmul(z.imaginary, turn.sine, -1);
  const auto imaginary = (z.real * turn.sine).addcmul(z.imaginary, turn.cosine);
  auto turned =
      adjacent_ ? at::stack({real, imaginary}, -1).flatten(-2) : at::cat({real, imaginary}, -1);
  return z.tail.defined() ? at::cat({turned, z.tail}, -1) : turned;
}

std::vector<ParameterSpec> rope_parameters(const EncodingSetting& setting) {
  (void)Rope(setting);  // refuses what cannot work before anything is built
  return {};
}

std::unique_ptr<Encoding> make_rope(const EncodingSetting& setting, const ParameterLookup&) {
  return std::make_unique<Rope>(setting);
}

}  // namespace ww
