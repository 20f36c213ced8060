// window_usage.hpp: the sums behind usage norms, of the queries or keys of one window in one
// layer. With z the chunk of a frequency, over all places or all but the first:
//
//   sum |z|    sum |z|^2    max |z|    sum z    sum z^2        and |z| at the first place, apart
//
// In float64, from one read of the chunks: on a GPU by models/kernels/cuda/usage.hpp, which reads
// queries and keys themselves; everywhere else by a loop on the host, what that is held against.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "models/encoding.hpp"
#include "models/kernels/cuda/usage.hpp"

namespace ww {

enum class Side { query, key };

/// Chunks of x as that side; see Encoding.
Chunks chunks_of(const Encoding& encoding, const at::Tensor& x, Side side);

/// [G, F] each for G heads, float64 on the CPU; all but `first` undefined where no place is summed.
struct WindowUsage {
  at::Tensor norm, square, largest;          // of |z|
  at::Tensor real, imaginary;                // of z
  at::Tensor real_square, imaginary_square;  // of z^2
  at::Tensor first;                          // |z| at place 0
};

/// On the host; chunks [G, T, F].
WindowUsage plain_usage(const Chunks& chunks, bool include_first);

/// By the kernel, of x [G, T, D] as it is before rotation. Empty where x is not on a GPU, this
/// build has no kernels, or usage_call() is empty.
std::optional<WindowUsage> kernel_usage(const Encoding& encoding,
                                        const at::Tensor& x,
                                        Side side,
                                        bool include_first);

/// The parts of kernel_usage(). How the kernel reads x, wherever that lies; empty where it has no
/// words for the encoding, for x's numbers or for how they lie.
std::optional<kernels::cuda::DeviceUsage> usage_call(const Encoding& encoding,
                                                     const at::Tensor& x,
                                                     bool include_first);
/// What a call left in its sums [G, F, 8]. The kernel reads no learned phases: delta [G, F], rad,
/// turns its sums, z by e^{i delta}; undefined: none do.
WindowUsage usage_from(const at::Tensor& sums, const at::Tensor& delta, bool any_summed);

}  // namespace ww
