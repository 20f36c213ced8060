// parameters.hpp: all parameters of a model as views of one flat buffer, all gradients of another,
// so that clipping, the finite check and the optimiser are single passes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ww {

/// How a parameter starts.
enum class Init { normal, output, ones, zeros, phase };

struct ParameterSpec {
  std::string name;
  std::vector<int64_t> shape;
  Init init = Init::normal;
  bool decays = true;  // weight decay: matrices, embeddings, position tables
  int64_t size() const;
};

/// 0.02 at the width of 512 of arXiv 2509.10534, Table 8, and as 1 / sqrt(width) elsewhere: at
/// width 64 a fixed 0.02 leaves the scores so flat that training idles for a thousand steps.
double initial_deviation(int64_t width);

class Parameters {
 public:
  /// Zeros. Tensors that decay come first in the flat buffer.
  Parameters(std::vector<ParameterSpec> specs, at::TensorOptions options);

  /// The leaf tensor of a name. Throws std::out_of_range for unknown names: a fault of ours.
  at::Tensor at(const std::string& name) const { return leaves_.at(name); }
  const std::vector<ParameterSpec>& specs() const { return specs_; }

  at::Tensor values() const { return values_; }        // [N]
  at::Tensor gradients() const { return gradients_; }  // [N]; autograd adds into it
  int64_t decayed() const { return decayed_; }         // the first so many of N

  /// Turns on autograd into gradients(). Loaded checkpoints that are only read stay without.
  void track_gradients();

  /// Draws every tensor by its name (Philox stream = hash of the name, index = element), so models
  /// that differ in one tensor share all others. Normal with initial_deviation(); outputs of blocks
  /// that divided by sqrt(2 L); phases uniform on [-2 pi, 0].
  void initialise(uint64_t seed, int64_t width, int64_t layers);

 private:
  std::vector<ParameterSpec> specs_;
  at::Tensor values_, gradients_;
  std::map<std::string, at::Tensor> leaves_;
  int64_t decayed_ = 0;
};

}  // namespace ww
