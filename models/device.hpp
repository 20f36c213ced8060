// device.hpp: which processor, which numbers, how many threads, and nothing left to chance.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace ww {

/// "cpu", "cuda", or "auto" (CUDA where there is one); of several GPUs the `index`th, from 0.
/// Throws InputError where CUDA is asked for and absent, where that GPU is, and for other words.
at::Device choose_device(const std::string& name, int64_t index = 0);

/// x as a model on `to`'s device and of its type, if it has one, takes it. From the host to a GPU
/// through pinned memory, in the order of the GPU's own work: nobody waits. The one way for what a
/// pass is made of, called "ww::send" in LibTorch's profiles.
at::Tensor send(const at::Tensor& x, const at::TensorOptions& to);

/// "float32", or "bf16": bfloat16, 8 bits of exponent and 8 of precision. Throws InputError for
/// other words.
at::ScalarType type_of(const std::string& dtype);

/// Fixed threads, deterministic algorithms, no TF32: the same command gives the same bits.
void make_deterministic(int64_t threads);

/// For a program's first line. Tensors of a few megabytes come and go with each operation; glibc
/// would give each back to the system, which clears its pages again for the next: a tenth of a
/// probe's time.
void keep_freed_memory();

/// The processor in words for run records: "AMD EPYC 9654".
std::string machine_name();

}  // namespace ww
