// fit.hpp: whether the tensors of a call fit, in sentences; the same for every device.
#pragma once

#include <ATen/core/Tensor.h>

#include "ops/call.hpp"

namespace ww::ops {

/// Where a kernel's tensors lie and what they hold.
struct Home {
  at::Device device;
  at::ArrayRef<at::ScalarType> types;  // of queries, keys and values
  const char *words, *remedy;          // the types, for a sentence
};

/// All throw c10::Error, a RuntimeError in Python.

/// x.size(dim), which torch.compile takes for fixed from then on.
int64_t size_of(const at::Tensor& x, int64_t dim);

/// A dense tensor.
void check_plain(const at::Tensor& x, const char* name);
void check_inputs(const at::Tensor& query,
                  const at::Tensor& key,
                  const at::Tensor& value,
                  const Home& home);
/// Numbers for each place and frequency of `key`.
void check_turning(const Turning& turning, const at::Tensor& key);
/// What the way back takes beside the inputs.
void check_way_back(const at::Tensor& gradient,
                    const Attended& forward,
                    const at::Tensor& query,
                    const Home& home);

/// How to widen heads to a width that a kernel has: magnitudes of padded features must be 0.
const char* padding_advice(const Turning& turning);

}  // namespace ww::ops
