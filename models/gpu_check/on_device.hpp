// on_device.hpp: host buffers copied to the GPU, and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/kernels/cuda/check/problem.hpp"

namespace ww {

/// Copies of host buffers, kept as long as this object; results go back into the same buffers.
class DeviceCopies {
 public:
  /// Null for an empty buffer.
  template <typename T>
  T* upload(std::vector<T>& host) {
    return static_cast<T*>(upload(host.data(), host.size() * sizeof(T)));
  }
  /// All buffers as the GPU has them now.
  void fetch() const;

 private:
  struct Copy {
    void* host;
    at::Tensor device;  // [bytes]
  };
  void* upload(void* host, size_t bytes);

  std::vector<Copy> copies_;
};

/// A problem whose arguments point into the GPU.
class DeviceProblem {
 public:
  /// `host` must outlive this object.
  explicit DeviceProblem(kernels::cuda::AttentionProblem& host);
  /// Forward and backward; waits, so that errors of the kernels show. Throws std::runtime_error.
  void solve();
  void forward();
  void backward();
  /// Answers into the host's buffers.
  void fetch() const { copies_.fetch(); }

 private:
  DeviceCopies copies_;
  kernels::cuda::DeviceAttention args_;
  kernels::cuda::DeviceAttentionGradients gradients_;
};

}  // namespace ww
