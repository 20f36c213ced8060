#include "probes/selfcheck.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/real.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "models/load.hpp"

namespace ww {

namespace {

/// [H, T, F] complex128, turned to their positions.
at::Tensor turned(const Chunks& chunks, const at::Tensor& theta) {
  const auto z = at::complex(chunks.real[0].to(at::kDouble).contiguous(),
                             chunks.imaginary[0].to(at::kDouble).contiguous());
  const auto angle = at::arange(z.size(-2), at::kDouble).unsqueeze(-1) * theta;  // [T, F], rad
  return z * at::polar(at::ones_like(angle), angle).to(z.device());
}

at::Tensor spread(const at::Tensor& x, int64_t heads) {
  return x.repeat_interleave(heads / x.size(0), 0);
}

/// Up to 32 of so many rows, evenly from the first to the last.
at::Tensor some_rows(int64_t count) {
  const auto most = std::min<int64_t>(count, 32);
  return at::linspace(0, static_cast<double>(count - 1), most, at::kDouble).round().to(at::kLong);
}

}  // namespace

double logit_error(const Encoding& encoding,
                   double scale,
                   const at::Tensor& q,
                   const at::Tensor& k,
                   const Observation& scores) {
  const c10::NoGradGuard no_grad;
  const auto H = q.size(1);
  const auto shown = some_rows(scores.value.size(2)).to(q.device());  // of the slab
  const auto rows = shown + scores.first_row;                         // of the text
  const double turned_twice = encoding.factor() * encoding.factor();
  const auto q_chunks = encoding.query_chunks(q), k_chunks = encoding.key_chunks(k);
  const auto zq = turned(q_chunks, encoding.theta()).index_select(1, rows);  // [H, R, F]
  const auto zk = spread(turned(k_chunks, encoding.theta()), H);             // [H, T, F]
  auto rebuilt = at::real(zq.conj().matmul(zk.mT())) * turned_twice;
  if (q_chunks.tail.defined()) {
    const auto tail = q_chunks.tail[0].to(at::kDouble).index_select(1, rows);
    rebuilt = rebuilt + tail.matmul(spread(k_chunks.tail[0].to(at::kDouble), H).mT());
  }
  const auto bound = zq.abs().matmul(zk.abs().mT()) * (scale * turned_twice);
  auto own = scores.value[0].to(at::kDouble).index_select(1, shown);  // [H, R, T]
  const auto bias = encoding.bias(at::arange(q.size(2)));
  if (bias.defined()) own = own - bias.to(own.options()).index_select(1, rows);
  return ((rebuilt * scale - own).abs().max() / bound.max()).item<double>();
}

double other_layout_gain(const Decoder& model, const std::vector<int32_t>& ids) {
  const auto& row = encoding_row(model.config().encoding);
  if (!row.reads("rope-layout") || ids.size() < 32) return 0;
  const c10::NoGradGuard no_grad;
  const std::vector<int32_t> some(ids.begin(), ids.begin() + std::min<int64_t>(256, ids.size()));
  auto config = model.config();
  auto& layout = config.encoding_options.layout;
  layout = layout == "half" ? "adjacent" : "half";
  const auto input = text_input(some, model.options().device());
  return text_loss(model.forward(input), some) -
         text_loss(with_config(model, config).forward(input), some);
}

}  // namespace ww
