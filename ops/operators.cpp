// operators.cpp: torch.ops.whatwhere, for Python and for whoever loads libwhatwhere_ops.so.
//
//   attention            an encoding in its own words; what people call
//   attention_forward    the same in the words of the kernels, and the log-sum-exp of each row
//   attention_backward   its gradients, of the phases where there are any
//
// `attention` is made of attention_forward, whose autograd kernel is AttentionFunction; that calls
// a device's kernels through the dispatcher again.

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/DeviceGuard.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/library.h>

#include <tuple>

#include "models/kernels/cuda/runtime.hpp"
#include "ops/cpu_attention.hpp"
#include "ops/device_attention.hpp"
#include "ops/fit.hpp"
#include "ops/refusal.hpp"
#include "ops/shapes.hpp"
#include "ops/turning.hpp"

namespace ww::ops {

namespace {

using at::Tensor;
using OptionalTensor = std::optional<Tensor>;
using OptionalWord = std::optional<std::string_view>;
using Pair = std::tuple<Tensor, Tensor>;
using Four = std::tuple<Tensor, Tensor, Tensor, Tensor>;

// The last seven arguments of the two inner operators are a Turning's.

template <Attend attend_here>
Pair forward_by(const Tensor& query,
                const Tensor& key,
                const Tensor& value,
                int64_t kind,
                int64_t magnitude,
                const OptionalTensor& tables,
                bool adjacent,
                const OptionalTensor& phase,
                bool causal,
                double scale) {
  const Turning turning{kind, magnitude, tables, adjacent, phase, causal, scale};
  const auto done = attend_here(query, key, value, turning);
  return {done.output, done.lse};
}

template <AttendBack attend_back_here>
Four backward_by(const Tensor& gradient,
                 const Tensor& output,
                 const Tensor& lse,
                 const Tensor& query,
                 const Tensor& key,
                 const Tensor& value,
                 int64_t kind,
                 int64_t magnitude,
                 const OptionalTensor& tables,
                 bool adjacent,
                 const OptionalTensor& phase,
                 bool causal,
                 double scale) {
  const Turning turning{kind, magnitude, tables, adjacent, phase, causal, scale};
  auto back = attend_back_here(gradient, {output, lse}, query, key, value, turning);
  return {back.query, back.key, back.value, back.phase};
}

/// A call comes here where any of its tensors is on a GPU.
void check_gpu(const Tensor& query) {
  WW_CHECK(query.is_cuda(), "query is on ", query.device(), " but another tensor on a GPU");
  const c10::DeviceGuard guard(query.device());
  WW_CHECK(!kernels::cuda::built() || kernels::cuda::runs_here(),
           "needs a GPU of compute capability 8.0 or more");
}

Attended attend_on_gpu(const Tensor& q, const Tensor& k, const Tensor& v, const Turning& t) {
  check_gpu(q);
  return attend_on_device(kernels::cuda::kLaunchers, q, k, v, t);
}

AttendedBack attend_back_on_gpu(const Tensor& gradient,
                                const Attended& forward,
                                const Tensor& q,
                                const Tensor& k,
                                const Tensor& v,
                                const Turning& t) {
  check_gpu(q);
  return attend_back_on_device(kernels::cuda::kLaunchers, gradient, forward, q, k, v, t);
}

using Forward = decltype(forward_by<attend>);
using Backward = decltype(backward_by<attend_back>);

/// Whatever stands for an operator on the device of its tensors.
template <typename Function>
auto operator_of(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Function>();
}

Attended call_forward(const Tensor& q, const Tensor& k, const Tensor& v, const Turning& t) {
  static const auto forward = operator_of<Forward>("whatwhere::attention_forward");
  const auto [output, lse] =
      forward.call(q, k, v, t.kind, t.magnitude, t.tables, t.adjacent, t.phase, t.causal, t.scale);
  return {output, lse};
}

AttendedBack call_backward(const Tensor& gradient,
                           const Attended& forward,
                           const Tensor& q,
                           const Tensor& k,
                           const Tensor& v,
                           const Turning& t) {
  static const auto backward = operator_of<Backward>("whatwhere::attention_backward");
  const auto [query, key, value, phase] = backward.call(gradient,
                                                        forward.output,
                                                        forward.lse,
                                                        q,
                                                        k,
                                                        v,
                                                        t.kind,
                                                        t.magnitude,
                                                        t.tables,
                                                        t.adjacent,
                                                        t.phase,
                                                        t.causal,
                                                        t.scale);
  return {query, key, value, phase};
}

OptionalTensor given(const Tensor& x) { return x.defined() ? OptionalTensor(x) : std::nullopt; }

struct AttentionFunction : torch::autograd::Function<AttentionFunction> {
  using Context = torch::autograd::AutogradContext;
  using Tensors = torch::autograd::variable_list;

  static Tensors forward(Context* context,
                         const Tensor& query,
                         const Tensor& key,
                         const Tensor& value,
                         const OptionalTensor& phase,  // turning's, for autograd to see
                         const Turning& turning) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto [output, lse] = call_forward(query, key, value, turning);
    const Tensor none;
    context->save_for_backward(
        {query, key, value, output, lse, phase.value_or(none), turning.tables.value_or(none)});
    context->saved_data["kind"] = turning.kind;
    context->saved_data["magnitude"] = turning.magnitude;
    context->saved_data["adjacent"] = turning.adjacent;
    context->saved_data["causal"] = turning.causal;
    context->saved_data["scale"] = turning.scale;
    context->mark_non_differentiable({lse});
    return {output, lse};
  }

  static Tensors backward(Context* context, Tensors gradients) {
    const auto saved = context->get_saved_variables();
    auto& data = context->saved_data;
    const Turning turning{data["kind"].toInt(),
                          data["magnitude"].toInt(),
                          given(saved[6]),
                          data["adjacent"].toBool(),
                          given(saved[5]),
                          data["causal"].toBool(),
                          data["scale"].toDouble()};
    const auto back =
        call_backward(gradients[0], {saved[3], saved[4]}, saved[0], saved[1], saved[2], turning);
    return {back.query, back.key, back.value, back.phase, Tensor()};
  }
};

Attended attend_with_gradient(const Tensor& q, const Tensor& k, const Tensor& v, const Turning& t) {
  WW_CHECK(!t.tables || !t.tables->requires_grad(), "tables get no gradient; call .detach()");
  const auto done = AttentionFunction::apply(q, k, v, t.phase, t);
  return {done[0], done[1]};
}

AttendedBack attend_back_once(const Tensor& gradient,
                              const Attended& forward,
                              const Tensor& q,
                              const Tensor& k,
                              const Tensor& v,
                              const Turning& t) {
  const bool again = torch::autograd::compute_requires_grad(
      gradient, forward.output, forward.lse, q, k, v, t.phase.value_or(Tensor()));
  WW_CHECK(!again, "there are no second derivatives; call backward without create_graph");
  const at::AutoDispatchBelowADInplaceOrView guard;
  return call_backward(gradient, forward, q, k, v, t);
}

Tensor attention(const Tensor& query,
                 const Tensor& key,
                 const Tensor& value,
                 const OptionalTensor& theta,
                 const OptionalTensor& delta,
                 const OptionalTensor& positions,
                 std::string_view encoding,
                 OptionalWord layout,
                 OptionalWord magnitude,
                 bool causal,
                 std::optional<double> scale) {
  const Asked asked{theta, delta, positions, encoding, layout, magnitude, causal, scale};
  check_plain(query, "query");
  check_plain(key, "key");
  check_plain(value, "value");
  const auto turning = turning_of(asked, key);
  const auto paired = [&](const Tensor& x) { return in_pairs(x, asked, turning); };
  return call_forward(paired(query), paired(key), value, turning).output;
}

constexpr const char* kSchemas[] = {
    "attention(Tensor query, Tensor key, Tensor value, Tensor? theta=None, Tensor? delta=None, "
    "Tensor? positions=None, *, str encoding='rope', str? layout=None, str? magnitude=None, "
    "bool causal=True, float? scale=None) -> Tensor",
    "attention_forward(Tensor query, Tensor key, Tensor value, int kind, int magnitude, "
    "Tensor? tables, bool adjacent, Tensor? phase, bool causal, float scale) -> (Tensor, Tensor)",
    "attention_backward(Tensor gradient, Tensor output, Tensor lse, Tensor query, Tensor key, "
    "Tensor value, int kind, int magnitude, Tensor? tables, bool adjacent, Tensor? phase, "
    "bool causal, float scale) -> (Tensor, Tensor, Tensor, Tensor)",
};

}  // namespace

TORCH_LIBRARY(whatwhere, m) {
  for (const auto* schema : kSchemas) m.def(schema);
  m.impl("attention", c10::DispatchKey::CompositeImplicitAutograd, attention);
}

TORCH_LIBRARY_IMPL(whatwhere, CPU, m) {
  m.impl("attention_forward", forward_by<attend>);
  m.impl("attention_backward", backward_by<attend_back>);
}

TORCH_LIBRARY_IMPL(whatwhere, CUDA, m) {
  m.impl("attention_forward", forward_by<attend_on_gpu>);
  m.impl("attention_backward", backward_by<attend_back_on_gpu>);
}

TORCH_LIBRARY_IMPL(whatwhere, Meta, m) {
  m.impl("attention_forward", forward_by<attended_shapes>);
  m.impl("attention_backward", backward_by<attended_back_shapes>);
}

TORCH_LIBRARY_IMPL(whatwhere, Autograd, m) {
  m.impl("attention_forward", forward_by<attend_with_gradient>);
  m.impl("attention_backward", backward_by<attend_back_once>);
}

}  // namespace ww::ops
