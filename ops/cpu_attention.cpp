#include "ops/cpu_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>

#include "models/fused/heads.hpp"
#include "models/kernels/isa.hpp"
#include "ops/fit.hpp"
#include "ops/refusal.hpp"

namespace ww::ops {

namespace {

using kernels::Kind;

constexpr at::ScalarType kTypes[] = {at::kFloat};
const Home kHome{at::kCPU, kTypes, "float32", ".float()"};

const kernels::Table& table_here() {
  const auto isa = in_torch_words(kernels::chosen_isa);
  const auto* const table = kernels::table_of(isa);
  WW_CHECK(table != nullptr,
           "needs AVX2 or AVX-512, and WHATWHERE_ISA not set to plain, but would run as ",
           kernels::isa_name(isa));
  return *table;
}

/// A call's arguments, with what they point into.
struct Call {
  const kernels::Table& table;
  kernels::Attention args{};
  at::Tensor row, phases;

  Call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t);

 private:
  void point_at(const Turning& t);
};

void check_call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t) {
  check_inputs(q, k, v, kHome);
  check_turning(t, k);
  WW_CHECK(q.size(3) > 0 && q.size(3) % 16 == 0,
           "the head width must be a multiple of 16 but is ",
           q.size(3),
           padding_advice(t));
}

Call::Call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t)
    : table(table_here()) {
  auto& a = args;
  point_at_heads(a, q, k, v);
  a.kind = static_cast<Kind>(t.kind);
  a.magnitude = static_cast<kernels::Magnitude>(t.magnitude);
  a.scale = static_cast<float>(t.scale);
  a.causal = t.causal;
  if (a.R < a.T) {
    row = at::arange(a.T - a.R, a.T, at::kInt);
    a.row = row.const_data_ptr<int32_t>();
  }
  point_at(t);
}

void Call::point_at(const Turning& t) {
  args.neighbours = t.adjacent;
  if (t.tables) {
    args.cosine = t.tables->const_data_ptr<float>();
    args.sine = args.cosine + t.tables->stride(0);
    args.table_string = t.tables->dim() == 4 ? t.tables->stride(1) : 0;
  }
  if (!t.phase) return;
  const auto phase = t.phase->to(at::kDouble);
  phases = at::stack({phase.cos(), phase.sin()}).to(at::kFloat);  // [2, Hk, D]
  args.phase_cosine = phases.const_data_ptr<float>();
  args.phase_sine = args.phase_cosine + phases.stride(0);
}

}  // namespace

Attended attend(const at::Tensor& query,
                const at::Tensor& key,
                const at::Tensor& value,
                const Turning& turning) {
  check_call(query, key, value, turning);
  Call call(query, key, value, turning);
  auto& a = call.args;
  const Attended result{empty_heads(query), at::empty({a.B, a.H, a.R}, query.options())};
  a.output = heads_to_write(result.output);
  a.lse = result.lse.mutable_data_ptr<float>();
  each_head(call.table, a, [&](int64_t b, int64_t head, float* memory) {
    call.table.attention_forward(a, b, head, memory);
  });
  return result;
}

AttendedBack attend_back(const at::Tensor& gradient,
                         const Attended& forward,
                         const at::Tensor& query,
                         const at::Tensor& key,
                         const at::Tensor& value,
                         const Turning& turning) {
  check_call(query, key, value, turning);
  check_way_back(gradient, forward, query, kHome);
  const auto d_output = with_readable_rows(gradient);
  Call call(query, key, value, turning);
  auto& a = call.args;
  // The kernel only reads these two on the way back.
  a.output = {const_cast<float*>(forward.output.const_data_ptr<float>()),
              forward.output.stride(0),
              forward.output.stride(1),
              forward.output.stride(2)};
  a.lse = const_cast<float*>(forward.lse.const_data_ptr<float>());
  const AttendedBack back{empty_heads(query), empty_heads(key), empty_heads(key), {}};
  const auto phase =
      turning.phase ? at::empty({a.B, a.Hk, a.D}, query.options()) : at::Tensor();  // by string
  const kernels::AttentionGradients to{heads_to_read(d_output),
                                       heads_to_write(back.query),
                                       heads_to_write(back.key),
                                       heads_to_write(back.value),
                                       phase.defined() ? phase.mutable_data_ptr<float>() : nullptr};
  each_head(call.table, a, [&](int64_t b, int64_t head, float* memory) {
    call.table.attention_backward(a, to, b, head, memory);
  });
  return {back.query, back.key, back.value, phase.defined() ? phase.sum(0) : phase};
}

}  // namespace ww::ops
