#include "models/fused/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <utility>

#include "models/fused/heads.hpp"
#include "models/fused/node.hpp"
#include "models/fused/places.hpp"

namespace ww {

namespace {

namespace autograd = torch::autograd;

class AttentionNode final : public autograd::Node {
 public:
  AttentionNode(const kernels::Table& table, const AttentionCall& call, const at::Tensor& phase);
  at::Tensor forward();
  autograd::variable_list apply(autograd::variable_list&& gradients) override;
  std::string name() const override { return "FusedAttention"; }
  void release_variables() override { q_ = k_ = v_ = output_ = at::Tensor(); }

 private:
  void point_at_bias(const Places& places, const at::Tensor& bias);
  void point_at_tables(const Turn& turn, const at::Tensor& phase);

  const kernels::Table& table_;
  Rotation rotation_;
  at::Tensor q_, k_, v_, output_, lse_, row_, bias_, cosine_, sine_, phases_, phase_;
  kernels::Attention args_{};
};

AttentionNode::AttentionNode(const kernels::Table& table,
                             const AttentionCall& call,
                             const at::Tensor& phase)
    : table_(table),
      rotation_(call.encoding.rotation().value()),
      q_(with_readable_rows(call.input.q.detach())),
      k_(with_readable_rows(call.input.k.detach())),
      v_(with_readable_rows(call.input.v.detach())),
      phase_(phase) {
  auto& a = args_;
  point_at_heads(a, q_, k_, v_);
  a.kind = rotation_.kind;
  a.magnitude = rotation_.magnitude;
  a.scale = static_cast<float>(call.rule.scale);
  const auto sight = call.places.sight;
  a.causal = sight != Sight::any;
  // The mask knows the window elsewhere: places are not positions there.
  a.window = sight == Sight::consecutive ? call.rule.window : 0;
  point_at_order(a, rotation_.order);
  if (call.input.rows.defined()) {
    row_ = call.input.rows.to(at::kInt).contiguous();
    a.row = row_.const_data_ptr<int32_t>();
  }
  point_at_tables(call.turn, phase);
  point_at_bias(call.places, call.bias);
}

void AttentionNode::point_at_tables(const Turn& turn, const at::Tensor& phase) {
  auto& a = args_;
  if (a.kind == kernels::Kind::none) return;
  cosine_ = angle_rows(turn.cosine, a.kind, a.D, 1);
  sine_ = angle_rows(turn.sine, a.kind, a.D, 0);
  a.cosine = cosine_.const_data_ptr<float>();
  a.sine = sine_.const_data_ptr<float>();
  a.table_string = cosine_.dim() == 4 && cosine_.size(0) > 1 ? cosine_.stride(0) : 0;
  phases_ = phase_tables(phase, a.phase_cosine, a.phase_sine);
}

void AttentionNode::point_at_bias(const Places& places, const at::Tensor& bias) {
  const bool masked = places.sight != Sight::consecutive;
  if (!masked && !bias.defined()) return;
  const c10::NoGradGuard no_grad;
  const auto added = bias.defined() ? bias.detach().to(at::kFloat) : at::Tensor();
  bias_ = padded_scores(!masked           ? added
                        : added.defined() ? added + places.visible
                                          : places.visible);
  point_at_scores(args_, bias_);
}

at::Tensor AttentionNode::forward() {
  output_ = empty_heads(q_);
  lse_ = at::empty({args_.B, args_.H, args_.R}, at::kFloat);
  args_.output = heads_to_write(output_);
  args_.lse = lse_.mutable_data_ptr<float>();
  each_head(table_, args_, [&](int64_t b, int64_t head, float* memory) {
    table_.attention_forward(args_, b, head, memory);
  });
  return output_.alias();
}

autograd::variable_list AttentionNode::apply(autograd::variable_list&& gradients) {
  TORCH_CHECK(output_.defined(), "fused attention went backward twice");
  const auto d_output = with_readable_rows(gradients[0]);
  const auto dq = empty_heads(q_), dk = empty_heads(k_), dv = empty_heads(v_);
  at::Tensor d_phase;
  kernels::AttentionGradients g{
      heads_to_read(d_output), heads_to_write(dq), heads_to_write(dk), heads_to_write(dv), nullptr};
  if (phase_.defined()) {
    d_phase = at::empty({args_.B, args_.Hk, args_.D}, at::kFloat);
    g.d_phase = d_phase.mutable_data_ptr<float>();
  }
  each_head(table_, args_, [&](int64_t b, int64_t head, float* memory) {
    table_.attention_backward(args_, g, b, head, memory);
  });
  return {dq, dk, dv, d_phase.defined() ? d_phase.sum(0) : d_phase};
}

}  // namespace

bool can_fuse(const AttentionCall& call) {
  const auto& q = call.input.q;
  const bool masked = call.places.sight != Sight::consecutive;
  if (call.rule.cap > 0 || !call.encoding.rotation()) return false;
  if (masked && !call.places.visible.defined()) return false;
  return q.device().is_cpu() && q.scalar_type() == at::kFloat && q.size(-1) % 16 == 0 &&
         !call.bias_learns();
}

at::Tensor fused_attention(const kernels::Table& table, const AttentionCall& call) {
  const auto phase = call.encoding.key_phase();
  return run_node(new AttentionNode(table, call, phase), call.input, phase);
}

}  // namespace ww
