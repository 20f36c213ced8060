#include "ops/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>

#include "models/fused/heads.hpp"
#include "models/kernels/isa.hpp"
#include "ops/refusal.hpp"

namespace ww::ops {

namespace {

using kernels::Kind;

void check_heads(const at::Tensor& x, const char* name) {
  check_float(x, name);
  WW_CHECK(x.dim() == 4, name, " must be [strings, heads, places, width] but is ", x.sizes());
  WW_CHECK(x.stride(3) == 1 || x.numel() == 0,
           name,
           " must have its features side by side but they lie ",
           x.stride(3),
           " numbers apart; call .contiguous()");
}

void check_sizes(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  check_heads(q, "query");
  check_heads(k, "key");
  check_heads(v, "value");
  WW_CHECK(k.sizes() == v.sizes(), "key is ", k.sizes(), " but value is ", v.sizes());
  WW_CHECK(q.size(0) == k.size(0) && q.size(3) == k.size(3),
           "query is ",
           q.sizes(),
           " and key ",
           k.sizes(),
           "; their strings and widths must be equal");
  WW_CHECK(q.size(3) > 0 && q.size(3) % 16 == 0,
           "the head width must be a multiple of 16 but is ",
           q.size(3),
           "; pad query, key and value with zeros and give the scale");
  WW_CHECK(k.size(1) > 0 && q.size(1) > 0 && q.size(1) % k.size(1) == 0,
           "each key head must serve as many query heads, but there are ",
           q.size(1),
           " over ",
           k.size(1));
  WW_CHECK(k.size(2) > 0, "key has no places: it is ", k.sizes());
  WW_CHECK(q.size(2) > 0 && q.size(2) <= k.size(2),
           "queries are those of the last places: there may be 1 to ",
           k.size(2),
           " but there are ",
           q.size(2));
}

void check_order(const at::Tensor& order, int64_t D) {
  WW_CHECK(order.scalar_type() == at::kInt && order.dim() == 1 && order.size(0) == D &&
               order.is_contiguous(),
           "order must be ",
           D,
           " int32 side by side");
  const auto* const feature = order.const_data_ptr<int32_t>();
  std::vector<bool> met(static_cast<size_t>(D));
  for (int64_t d = 0; d < D; ++d) {
    WW_CHECK(feature[d] >= 0 && feature[d] < D && !met[static_cast<size_t>(feature[d])],
             "order must name each feature once, but has ",
             feature[d],
             " at ",
             d);
    met[static_cast<size_t>(feature[d])] = true;
  }
}

void check_turning(const Turning& t, const at::Tensor& k) {
  WW_CHECK(t.kind >= 0 && t.kind <= 2 && t.magnitude >= 0 && t.magnitude <= 2,
           "there is no kind ",
           t.kind,
           " with magnitude ",
           t.magnitude);
  const auto kind = static_cast<Kind>(t.kind);
  WW_CHECK(!t.phase || kind == Kind::polar, "only polar keys have a phase");
  WW_CHECK(!t.order || kind == Kind::pairs, "only pairs have an order");
  WW_CHECK(t.tables.has_value() == (kind != Kind::none), "what turns needs tables, else none");
  const auto B = k.size(0), Hk = k.size(1), T = k.size(2), D = k.size(3);
  if (t.order) check_order(*t.order, D);
  if (t.phase) {
    check_float(*t.phase, "delta");
    WW_CHECK(t.phase->sizes() == at::IntArrayRef({Hk, D}),
             "delta must be [",
             Hk,
             ", ",
             D,
             "], a phase for each key head and frequency, but is ",
             t.phase->sizes());
  }
  if (!t.tables) return;
  check_float(*t.tables, "tables");
  const auto F = kind == Kind::polar ? D : D / 2;
  WW_CHECK(t.tables->is_contiguous() && (t.tables->sizes() == at::IntArrayRef({2, T, F}) ||
                                         t.tables->sizes() == at::IntArrayRef({2, B, T, F})),
           "tables must be [2, ",
           T,
           ", ",
           F,
           "], or the same for each string, but are ",
           t.tables->sizes());
}

/// What the way back takes beside the inputs.
void check_forward(const at::Tensor& gradient, const Attended& forward, const at::Tensor& query) {
  check_heads(gradient, "the output's gradient");
  check_heads(forward.output, "output");
  check_float(forward.lse, "lse");
  WW_CHECK(gradient.sizes() == query.sizes() && forward.output.sizes() == query.sizes(),
           "the output and its gradient must be as query, ",
           query.sizes(),
           ", but are ",
           forward.output.sizes(),
           " and ",
           gradient.sizes());
  WW_CHECK(forward.lse.is_contiguous() && forward.lse.sizes() == query.sizes().slice(0, 3),
           "lse must be [strings, heads, queries] but is ",
           forward.lse.sizes());
}

const kernels::Table& table_here() {
  const auto isa = kernels::chosen_isa();
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
  std::vector<int32_t> order;

  Call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t);

 private:
  void point_at(const Turning& t);
};

Call::Call(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Turning& t)
    : table(table_here()) {
  check_sizes(q, k, v);
  check_turning(t, k);
  auto& a = args;
  a.B = q.size(0);
  a.H = q.size(1);
  a.Hk = k.size(1);
  a.R = q.size(2);
  a.T = k.size(2);
  a.D = q.size(3);
  a.kind = static_cast<Kind>(t.kind);
  a.magnitude = static_cast<kernels::Magnitude>(t.magnitude);
  a.scale = static_cast<float>(t.scale);
  a.causal = t.causal;
  if (a.R < a.T) {
    row = at::arange(a.T - a.R, a.T, at::kInt);
    a.row = row.const_data_ptr<int32_t>();
  }
  a.query = heads_to_read(q);
  a.key = heads_to_read(k);
  a.value = heads_to_read(v);
  point_at(t);
}

void Call::point_at(const Turning& t) {
  if (t.order) {
    const auto* const first = t.order->const_data_ptr<int32_t>();
    order.assign(first, first + t.order->numel());
    point_at_order(args, order);
  }
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
  Call call(query, key, value, turning);
  auto& a = call.args;
  check_forward(gradient, forward, query);
  // The kernel only reads these two on the way back.
  a.output = {const_cast<float*>(forward.output.const_data_ptr<float>()),
              forward.output.stride(0),
              forward.output.stride(1),
              forward.output.stride(2)};
  a.lse = const_cast<float*>(forward.lse.const_data_ptr<float>());
  const AttendedBack back{empty_heads(query), empty_heads(key), empty_heads(key), {}};
  const auto phase =
      turning.phase ? at::empty({a.B, a.Hk, a.D}, query.options()) : at::Tensor();  // by string
  const kernels::AttentionGradients to{heads_to_read(gradient),
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
