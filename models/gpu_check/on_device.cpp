#include "models/gpu_check/on_device.hpp"

#include <ATen/ops/from_blob.h>

#include "models/kernels/cuda/runtime.hpp"

namespace ww {

using namespace kernels::cuda;

void* DeviceCopies::upload(void* host, size_t bytes) {
  if (bytes == 0) return nullptr;
  const auto buffer = at::from_blob(host, {static_cast<int64_t>(bytes)}, at::kByte);
  copies_.push_back({host, buffer.to(at::kCUDA)});
  return copies_.back().device.mutable_data_ptr<uint8_t>();
}

void DeviceCopies::fetch() const {
  for (const auto& [host, device] : copies_) {
    at::from_blob(host, {device.numel()}, at::kByte).copy_(device);
  }
}

DeviceProblem::DeviceProblem(AttentionProblem& host)
    : args_(host.args), gradients_(host.gradients) {
  args_.table = copies_.upload(host.table);
  args_.delta = copies_.upload(host.delta);
  args_.bias = copies_.upload(host.bias);
  args_.query_rows.row = copies_.upload(host.query_row);
  args_.key_rows.row = copies_.upload(host.key_row);
  args_.query.data = copies_.upload(host.query.bits);
  args_.key.data = copies_.upload(host.key.bits);
  args_.value.data = copies_.upload(host.value.bits);
  args_.output.data = copies_.upload(host.output.bits);
  args_.lse = copies_.upload(host.lse);
  gradients_.d_output.data = copies_.upload(host.d_output.bits);
  gradients_.d_query.data = copies_.upload(host.d_query.bits);
  gradients_.d_key.data = copies_.upload(host.d_key.bits);
  gradients_.d_value.data = copies_.upload(host.d_value.bits);
  gradients_.d_delta = copies_.upload(host.d_delta);
  gradients_.d_delta_parts = copies_.upload(host.d_delta_parts);
  gradients_.d_query_phase = copies_.upload(host.d_query_phase);
}

void DeviceProblem::forward() { attention_forward(args_, nullptr); }

void DeviceProblem::backward() { attention_backward(args_, gradients_, nullptr); }

void DeviceProblem::solve() {
  forward();
  finish("attention forward", nullptr);
  backward();
  finish("attention backward", nullptr);
}

}  // namespace ww
