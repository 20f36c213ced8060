#include "models/gpu_check/usage_in_tensors.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <stdexcept>

namespace ww {

using kernels::cuda::Distance;

namespace {

constexpr int64_t G = 2, D = 16;

/// Fixed values from -3 to 3 on the GPU.
at::Tensor ramp(at::IntArrayRef shape) {
  const auto angle = at::arange(c10::multiply_integers(shape), at::kDouble) * 0.7;
  return (angle.sin() * 3).to(at::kFloat).view(shape).to(at::kCUDA);
}

std::unique_ptr<Encoding> make(const EncodingRow& row) {
  const auto parameter = [](const std::string&) { return ramp({G, D}) - 3; };
  return row.make({G, G, D, row.fallbacks, nullptr}, parameter);
}

/// [G, T, D] as attention has them.
at::Tensor heads(int64_t T) { return ramp({T, 3, G, D}).select(1, 1).transpose(0, 1); }

}  // namespace

bool kernel_sums(const EncodingRow& row) {
  return usage_call(*make(row), heads(1), true).has_value();
}

std::vector<Distance> usage_distances(const EncodingRow& row, int64_t T, Side side) {
  const auto encoding = make(row);
  const auto x = heads(T);
  const auto found = kernel_usage(*encoding, x, side, true);
  if (!found) throw std::runtime_error("usage: the kernel does not take these queries and keys");
  const auto plain = plain_usage(chunks_of(*encoding, x, side), true);
  const auto scale = plain.square.max();
  const double allowed = encoding->polar() ? 1e-6 : 1e-12;  // tensors round polar's to float32
  std::vector<Distance> all;
  const auto add = [&](const char* name, at::Tensor WindowUsage::*field) {
    const auto error = (*found.*field - plain.*field).abs().max() / scale;
    all.push_back({name, error.item<double>(), allowed});
  };
  add("norm", &WindowUsage::norm);
  add("square", &WindowUsage::square);
  add("largest", &WindowUsage::largest);
  add("real", &WindowUsage::real);
  add("imaginary", &WindowUsage::imaginary);
  add("real_square", &WindowUsage::real_square);
  add("imaginary_square", &WindowUsage::imaginary_square);
  add("first", &WindowUsage::first);
  return all;
}

}  // namespace ww
