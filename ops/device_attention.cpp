#include "ops/device_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/DeviceGuard.h>

#include <numbers>

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

void check_call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t) {
  check_inputs(q, k, v, home_of(q));
  check_turning(t, k);
  WW_CHECK(takes_width(q.size(3)),
           "the head width must be 32, 64, 96 or 128 on a GPU but is ",
           q.size(3),
           padding_advice(t));
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

DeviceCall::DeviceCall(const at::Tensor& q,
                       const at::Tensor& k,
                       const at::Tensor& v,
                       const Turning& t)
    : guard(q.device()),
      query(with_device_rows(q)),
      key(with_device_rows(k)),
      value(with_device_rows(v)) {
  point_at_heads(args, query, key, value);
  args.scale = static_cast<float>(t.scale);
  args.causal = t.causal;
  turn(t);
}

void DeviceCall::turn(const Turning& t) {
  auto& a = args;
  a.kind = static_cast<kernels::Kind>(t.kind);
  a.magnitude = static_cast<kernels::Magnitude>(t.magnitude);
  a.layout = t.adjacent ? PairLayout::adjacent : PairLayout::half;
  if (t.tables) table = point_at_table(a, t.tables->select(0, 0), t.tables->select(0, 1), {});
  if (!t.phase) return;
  phase = in_one_turn(*t.phase);
  a.delta = phase.const_data_ptr<float>();
}

}  // namespace

Attended attend_on_device(const Launchers& launchers,
                          const at::Tensor& query,
                          const at::Tensor& key,
                          const at::Tensor& value,
                          const Turning& turning) {
  check_call(query, key, value, turning);
  const Attended result{empty_heads(query),
                        at::empty(query.sizes().slice(0, 3), query.options().dtype(at::kFloat))};
  if (query.size(0) == 0) return result;
  DeviceCall call(query, key, value, turning);
  call.args.output = bits_to_write(result.output);
  call.args.lse = result.lse.mutable_data_ptr<float>();
  in_torch_words([&] { launchers.forward(call.args, stream_of(query.device())); });
  return result;
}

AttendedBack attend_back_on_device(const Launchers& launchers,
                                   const at::Tensor& gradient,
                                   const Attended& forward,
                                   const at::Tensor& query,
                                   const at::Tensor& key,
                                   const at::Tensor& value,
                                   const Turning& turning) {
  check_call(query, key, value, turning);
  check_way_back(gradient, forward, query, home_of(query));
  if (query.size(0) == 0) {
    return {empty_heads(query),
            empty_heads(key),
            empty_heads(value),
            turning.phase ? at::zeros_like(*turning.phase) : at::Tensor()};
  }
  DeviceCall call(query, key, value, turning);
  const auto d_output = with_device_rows(gradient), output = with_device_rows(forward.output);
  // The kernel only reads these two on the way back.
  call.args.output = bits_to_write(output);
  call.args.lse = const_cast<float*>(forward.lse.const_data_ptr<float>());
  const DeviceBack back(call.args, d_output, query, key, value, call.phase);
  in_torch_words([&] { launchers.backward(call.args, back.to, stream_of(query.device())); });
  return {back.query, back.key, back.value, back.phase};
}

}  // namespace ww::ops
