#include "models/fused/device_attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

#include "models/device.hpp"
#include "models/device_stream.hpp"
#include "models/fused/device_heads.hpp"
#include "models/fused/heads.hpp"
#include "models/fused/node.hpp"
#include "models/pair_order.hpp"

namespace ww {

namespace {

namespace autograd = torch::autograd;
using namespace kernels::cuda;

class DeviceAttentionNode final : public autograd::Node {
 public:
  DeviceAttentionNode(const Launchers& launchers,
                      const AttentionCall& call,
                      const at::Tensor& phase);
  at::Tensor forward();
  autograd::variable_list apply(autograd::variable_list&& gradients) override;
  std::string name() const override { return "DeviceAttention"; }
  void release_variables() override { q_ = k_ = v_ = output_ = at::Tensor(); }

 private:
  void point_at_bias(const AttentionCall& call);

  const Launchers& launchers_;
  at::Tensor q_, k_, v_, output_, lse_, bias_, phase_;
  DeviceTable table_;
  DeviceAttention args_{};
};

DeviceAttentionNode::DeviceAttentionNode(const Launchers& launchers,
                                         const AttentionCall& call,
                                         const at::Tensor& phase)
    : launchers_(launchers),
      q_(with_device_rows(call.input.q.detach())),
      k_(with_device_rows(call.input.k.detach())),
      v_(with_device_rows(call.input.v.detach())) {
  const auto rotation = call.encoding.rotation().value();
  auto& a = args_;
  point_at_heads(a, q_, k_, v_);
  a.kind = rotation.kind;
  a.magnitude = rotation.magnitude;
  if (a.kind == kernels::Kind::pairs) a.layout = pair_layout(rotation.order, a.D, a.D / 2).value();
  a.scale = static_cast<float>(call.rule.scale);
  const c10::NoGradGuard no_grad;
  // Queries of some rows alone do not end where the keys end: the mask says what they see.
  const bool whole = !call.input.rows.defined();
  const auto sight = call.places.sight;
  a.causal = whole && sight != Sight::any;
  a.window = whole && sight == Sight::consecutive ? call.rule.window : 0;
  if (!whole || sight != Sight::consecutive || call.bias.defined()) point_at_bias(call);
  if (a.kind != kernels::Kind::none) {
    table_ = point_at_table(a, call.turn.cosine, call.turn.sine, call.input.rows);
  }
  if (!phase.defined()) return;
  phase_ = phase.detach().to(at::kFloat).contiguous();
  a.delta = phase_.const_data_ptr<float>();
}

void DeviceAttentionNode::point_at_bias(const AttentionCall& call) {
  const auto options = q_.options().dtype(at::kFloat);
  const auto& visible = call.places.visible;
  const auto& rows = call.input.rows;
  bias_ = visible.defined() ? send(visible, options) : at::Tensor();
  if (call.bias.defined()) {
    const auto added = send(call.bias, options);
    bias_ = bias_.defined() ? added + bias_ : added;
  }
  if (rows.defined()) bias_ = bias_.index_select(-2, rows);
  bias_ = bias_.contiguous();  // [.., Tq, Tk]
  point_at_scores(args_, bias_);
}

at::Tensor DeviceAttentionNode::forward() {
  const c10::DeviceGuard guard(q_.device());
  output_ = empty_heads(q_);
  lse_ = at::empty({args_.B, args_.H, args_.Tq}, q_.options().dtype(at::kFloat));
  args_.output = bits_to_write(output_);
  args_.lse = lse_.mutable_data_ptr<float>();
  launchers_.forward(args_, stream_of(q_.device()));
  return output_.alias();
}

autograd::variable_list DeviceAttentionNode::apply(autograd::variable_list&& gradients) {
  TORCH_CHECK(output_.defined(), "attention went backward twice");
  const c10::DeviceGuard guard(q_.device());
  const auto d_output = with_device_rows(gradients[0]);
  const DeviceBack back(args_, d_output, q_, k_, v_, phase_);
  launchers_.backward(args_, back.to, stream_of(q_.device()));
  return {back.query, back.key, back.value, back.phase};
}

}  // namespace

std::string device_obstacle(const DeviceCase& asked) {
  const auto D = asked.head_width;
  if (asked.type != at::kBFloat16) return "queries, keys and values must be bfloat16";
  if (!takes_width(D)) {
    return fmt::format("the head width must be 32, 64, 96 or 128 but is {}", D);
  }
  if (asked.cap > 0) return "there must be no soft cap of scores";
  const auto& rotation = asked.rotation;
  if (!rotation) return "the encoding must turn every feature or pairs of them";
  if (rotation->kind == kernels::Kind::pairs && !pair_layout(rotation->order, D, D / 2)) {
    return "all features must turn, paired with their neighbours or across the head's halves";
  }
  if (asked.bias_learns) return "the score bias must not be learned";
  if (asked.mask_lacks) return "the text is too long for the mask that it would need";
  return {};
}

std::string device_obstacle(const AttentionCall& call) {
  const auto& places = call.places;
  const bool needs_mask = places.sight != Sight::consecutive || call.input.rows.defined();
  return device_obstacle({.type = call.input.q.scalar_type(),
                          .head_width = call.input.q.size(-1),
                          .rotation = call.encoding.rotation(),
                          .cap = call.rule.cap,
                          .bias_learns = call.bias_learns(),
                          .mask_lacks = needs_mask && !places.visible.defined()});
}

at::Tensor device_attention(const Launchers& launchers, const AttentionCall& call) {
  const auto phase = call.encoding.key_phase();
  return run_node(new DeviceAttentionNode(launchers, call, phase), call.input, phase);
}

}  // namespace ww
