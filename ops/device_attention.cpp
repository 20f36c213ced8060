#include "ops/device_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/DeviceGuard.h>

#include <numbers>

#include "base/check.hpp"
#include "models/device_stream.hpp"
#include "models/fused/device_heads.hpp"
#include "models/fused/heads.hpp"
#include "ops/fit.hpp"
#include "ops/refusal.hpp"

namespace ww::ops {

namespace {

using namespace kernels::cuda;

constexpr at::ScalarType kTypes[] = {at::kBFloat16, at::kHalf};

Home home_of(const at::Tensor& query) {
  return {query.device(), kTypes, "bfloat16 or float16 on a GPU", ".bfloat16()"};
}

/// The kernels clamp phases to [-2 pi, 0]. A whole turn changes nothing, so that each has its like
/// there, with the same gradient.
at::Tensor in_one_turn(const at::Tensor& phase) {
  const auto down = (-phase.to(at::kDouble)).remainder(2 * std::numbers::pi);
  return (-down).to(at::kFloat).contiguous();
}

/// A call's arguments, with what they point into.
struct DeviceCall {
  const c10::DeviceGuard guard;
  at::Tensor query, key, value, phase;
  DeviceTable table;
  DeviceAttention args{};

  DeviceCall(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t);

 private:
  void turn(const Turning& t);
};

void check_call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t) {
  check_inputs(q, k, v, home_of(q));
  check_turning(t, k);
  const auto D = q.size(3);
  WW_CHECK(D == 32 || D == 64 || D == 96 || D == 128,
           "the head width must be 32, 64, 96 or 128 on a GPU but is ",
           D,
           padding_advice(t));
}

DeviceCall::DeviceCall(const at::Tensor& q,
                       const at::Tensor& k,
                       const at::Tensor& v,
                       const Turning& t)
    : guard(q.device()) {
  check_call(q, k, v, t);
  query = with_device_rows(q);
  key = with_device_rows(k);
  value = with_device_rows(v);
  auto& a = args;
  a.B = q.size(0);
  a.H = q.size(1);
  a.Hk = k.size(1);
  a.Tq = q.size(2);
  a.Tk = k.size(2);
  a.D = q.size(3);
  a.element = q.scalar_type() == at::kHalf ? kernels::Element::float16 : kernels::Element::bfloat16;
  a.scale = static_cast<float>(t.scale);
  a.causal = t.causal;
  a.query = bits_to_read(query);
  a.key = bits_to_read(key);
  a.value = bits_to_read(value);
  turn(t);
}

void DeviceCall::turn(const Turning& t) {
  auto& a = args;
  a.kind = static_cast<kernels::Kind>(t.kind);
  a.magnitude = static_cast<kernels::Magnitude>(t.magnitude);
  a.layout = t.adjacent ? PairLayout::adjacent : PairLayout::half;
  if (t.tables) {
    const auto integers = t.tables->options().dtype(at::kLong);
    const auto rows = a.Tq < a.Tk ? at::arange(a.Tk - a.Tq, a.Tk, integers) : at::Tensor();
    table = point_at_table(a, t.tables->select(0, 0), t.tables->select(0, 1), rows);
  }
  if (!t.phase) return;
  phase = in_one_turn(*t.phase);
  a.delta = phase.const_data_ptr<float>();
}

/// The launchers refuse with an InputError, of which Python would make a ValueError.
template <typename Launch>
void launch(const Launch& kernels) {
  try {
    kernels();
  } catch (const InputError& refused) {
    WW_CHECK(false, refused.what());
  }
}

}  // namespace

Attended attend_on_device(const Launchers& launchers,
                          const at::Tensor& query,
                          const at::Tensor& key,
                          const at::Tensor& value,
                          const Turning& turning) {
  DeviceCall call(query, key, value, turning);
  auto& a = call.args;
  const Attended result{empty_heads(query),
                        at::empty({a.B, a.H, a.Tq}, query.options().dtype(at::kFloat))};
  a.output = bits_to_write(result.output);
  a.lse = result.lse.mutable_data_ptr<float>();
  launch([&] { launchers.forward(a, stream_of(query.device())); });
  return result;
}

AttendedBack attend_back_on_device(const Launchers& launchers,
                                   const at::Tensor& gradient,
                                   const Attended& forward,
                                   const at::Tensor& query,
                                   const at::Tensor& key,
                                   const at::Tensor& value,
                                   const Turning& turning) {
  DeviceCall call(query, key, value, turning);
  auto& a = call.args;
  check_way_back(gradient, forward, query, home_of(query));
  const auto d_output = with_device_rows(gradient), output = with_device_rows(forward.output);
  AttendedBack back{empty_heads(query), empty_heads(key), empty_heads(value), {}};
  // The kernel only reads these two on the way back.
  a.output = bits_to_write(output);
  a.lse = const_cast<float*>(forward.lse.const_data_ptr<float>());
  DeviceAttentionGradients to{bits_to_read(d_output),
                              bits_to_write(back.query),
                              bits_to_write(back.key),
                              bits_to_write(back.value)};
  at::Tensor parts;
  if (call.phase.defined()) {
    back.phase = at::empty_like(call.phase);
    parts = at::empty({delta_part_floats(a)}, call.phase.options());
    to.d_delta = back.phase.mutable_data_ptr<float>();
    to.d_delta_parts = parts.mutable_data_ptr<float>();
  }
  launch([&] { launchers.backward(a, to, stream_of(query.device())); });
  return back;
}

}  // namespace ww::ops
