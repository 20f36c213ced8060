#include "models/window_usage.hpp"

#include <ATen/Dispatch.h>
#include <ATen/TensorAccessor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <cmath>

#include "models/device_stream.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "models/pair_order.hpp"

namespace ww {

namespace {

using kernels::Kind;
using namespace kernels::cuda;

constexpr int64_t kNumbers = sizeof(UsageOfFrequency) / sizeof(double);

std::optional<Number> number_of(at::ScalarType type) {
  if (type == at::kFloat) return Number::float32;
  if (type == at::kBFloat16) return Number::bfloat16;
  if (type == at::kHalf) return Number::float16;
  return {};
}

void add_chunk(UsageOfFrequency& sum, double x, double y, double norm) {
  sum.norm += norm;
  sum.square += norm * norm;
  sum.largest = std::max(sum.largest, norm);  // a NaN shows in the sums
  sum.real += x;
  sum.imaginary += y;
  sum.real_square += x * x - y * y;
  sum.imaginary_square += 2 * x * y;
}

/// Sums [F] of one head's chunks x + i y, [T, F].
template <typename Chunk>
void add_head(UsageOfFrequency* sums, const Chunk& x, const Chunk& y, bool include_first) {
  for (int64_t t = 0; t < x.size(0); ++t) {
    const auto re = x[t], im = y[t];
    for (int64_t f = 0; f < re.size(0); ++f) {
      const auto a = static_cast<double>(re[f]), b = static_cast<double>(im[f]);
      const double norm = std::sqrt(a * a + b * b);
      if (t == 0) sums[f].first = norm;
      if (t > 0 || include_first) add_chunk(sums[f], a, b, norm);
    }
  }
}

/// The sums of z turned by e^{i angle}.
void turn(at::Tensor& real, at::Tensor& imaginary, const at::Tensor& angle) {
  const auto cosine = angle.cos(), sine = angle.sin();
  const auto turned = real * cosine - imaginary * sine;
  imaginary = real * sine + imaginary * cosine;
  real = turned;
}

}  // namespace

Chunks chunks_of(const Encoding& encoding, const at::Tensor& x, Side side) {
  return side == Side::key ? encoding.key_chunks(x) : encoding.query_chunks(x);
}

WindowUsage plain_usage(const Chunks& chunks, bool include_first) {
  const auto real = chunks.real.cpu(), imaginary = chunks.imaginary.cpu();  // [G, T, F]
  const auto G = real.size(0), T = real.size(1), F = real.size(2);
  const auto sums = at::zeros({G, F, kNumbers}, at::kDouble);
  auto* const first = reinterpret_cast<UsageOfFrequency*>(sums.mutable_data_ptr<double>());
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, real.scalar_type(), "usage", [&] {
    const auto x = real.accessor<scalar_t, 3>(), y = imaginary.accessor<scalar_t, 3>();
    for (int64_t g = 0; g < G; ++g) add_head(first + g * F, x[g], y[g], include_first);
  });
  return usage_from(sums, {}, include_first || T > 1);
}

std::optional<DeviceUsage> usage_call(const Encoding& encoding,
                                      const at::Tensor& x,
                                      bool include_first) {
  const auto rotation = encoding.rotation();
  const auto number = number_of(x.scalar_type());
  if (!rotation || rotation->kind == Kind::none || !number || x.stride(2) != 1) return {};
  DeviceUsage call{};
  call.H = x.size(0), call.T = x.size(1), call.F = encoding.theta().numel();
  call.number = *number;
  call.kind = rotation->kind;
  call.magnitude = rotation->magnitude;
  call.include_first = include_first;
  call.data = x.const_data_ptr();
  call.head = x.stride(0), call.place = x.stride(1);
  if (call.kind == Kind::pairs) {
    const auto layout = pair_layout(rotation->order, x.size(2), call.F);
    if (!layout) return {};
    call.layout = *layout;
  }
  return usage_fits(call) ? std::optional(call) : std::nullopt;
}

WindowUsage usage_from(const at::Tensor& sums, const at::Tensor& delta, bool any_summed) {
  const auto host = sums.cpu();
  const auto field = [&](int64_t i) { return host.select(2, i); };  // in UsageOfFrequency's order
  WindowUsage usage;
  usage.first = field(7);
  if (!any_summed) return usage;
  usage.norm = field(0), usage.square = field(1), usage.largest = field(2);
  usage.real = field(3), usage.imaginary = field(4);
  usage.real_square = field(5), usage.imaginary_square = field(6);
  if (!delta.defined()) return usage;
  const auto angle = delta.detach().to(at::kDouble).cpu();
  turn(usage.real, usage.imaginary, angle);
  turn(usage.real_square, usage.imaginary_square, 2 * angle);
  return usage;
}

std::optional<WindowUsage> kernel_usage(const Encoding& encoding,
                                        const at::Tensor& x,
                                        Side side,
                                        bool include_first) {
  if (!x.is_cuda() || !built()) return {};
  auto call = usage_call(encoding, x, include_first);
  if (!call) return {};
  const c10::DeviceGuard guard(x.device());
  const auto options = x.options().dtype(at::kDouble);
  const auto parts = at::empty({usage_parts(*call), kNumbers}, options);
  const auto sums = at::empty({call->H, call->F, kNumbers}, options);
  call->parts = reinterpret_cast<UsageOfFrequency*>(parts.mutable_data_ptr<double>());
  call->sums = reinterpret_cast<UsageOfFrequency*>(sums.mutable_data_ptr<double>());
  sum_usage(*call, stream_of(x.device()));
  const auto delta = side == Side::key ? encoding.key_phase() : at::Tensor();
  return usage_from(sums, delta, include_first || call->T > 1);
}

}  // namespace ww
