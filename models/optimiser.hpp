// optimiser.hpp: AdamW with decoupled decay on matrices alone, warm-up then cosine, clipping
// (Loshchilov and Hutter, arXiv 1711.05101, Algorithm 2; settings of arXiv 2509.10534, Table 8).
#pragma once

#include <ATen/core/Tensor.h>

#include "models/kernels/isa.hpp"
#include "models/parameters.hpp"

namespace ww {

/// The rate at step i = 1 .. N: peak i / w in the warm-up of w steps, then a cosine down to a tenth
/// of the peak at step N.
double learning_rate(int64_t step, int64_t steps, int64_t warm_up, double peak);

class AdamW {
 public:
  explicit AdamW(Parameters& parameters);
  /// Steps run as two passes of the CPU kernels from now on, the same bits for any number of
  /// threads; null: as tensor operations. The parameters must then be float32 on the CPU.
  void compute_with(const kernels::Table* table) { table_ = table; }
  /// Clips the gradient's global norm to 1, updates, zeroes the gradient. Returns the norm before
  /// clipping, a scalar on the parameters' device.
  at::Tensor step(double rate);
  /// step() in two: the rate, and all else, which on a GPU reads the rate from there.
  void set_rate(double rate);
  at::Tensor update();

  /// What a resume needs: first and second moments [N] and the number of steps taken, [1].
  at::Tensor first() const { return first_; }
  at::Tensor second() const { return second_; }
  at::Tensor count() const { return count_; }

 private:
  at::Tensor update_on_kernels();
  void update_part(int64_t from, int64_t length, double decay);

  Parameters& parameters_;
  at::Tensor first_, second_, count_;
  double rate_ = 0;
  at::Tensor rate_there_;  // float32; undefined on the CPU, whose operator would read it back
  const kernels::Table* table_ = nullptr;
};

}  // namespace ww
