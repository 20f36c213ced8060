// decoder.hpp: the one decoder-only transformer, for models that we train and checkpoints we read.
//
//   x = embed(tokens) (+ position vector)
//   x = x + out(attention(norm(x)));   x = x + mlp(norm(x))      in each of L blocks
//   logits = head(norm(x))
#pragma once

#include <memory>
#include <vector>

#include "models/attention.hpp"
#include "models/config.hpp"
#include "models/observer.hpp"
#include "models/parameters.hpp"

namespace ww {

/// One batch as tensors. positions and block stay on the CPU, tokens and graded go to the device.
struct Input {
  at::Tensor tokens;     // [B, T], int64
  at::Tensor positions;  // [T] or [B, T], int64, CPU
  at::Tensor block;      // [T], int64, CPU; undefined: one text, no queries
  at::Tensor graded;     // [Q] rows whose logits are wanted, int64; undefined: all T
};

/// Names, shapes and starts of all parameters (see config.hpp). Throws InputError for sizes that
/// cannot work.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);

class Decoder {
 public:
  /// All parameters zero. Throws InputError as parameter_specs() does.
  explicit Decoder(const ModelConfig& config, at::TensorOptions options = at::kFloat);

  /// Logits [B, Q, V] at the graded rows. The last block computes queries and MLP there only; with
  /// an observer it computes every row, so that each site is whole, and then picks.
  at::Tensor forward(const Input& input, const Observer& observer = {}) const;

  const ModelConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  const Encoding& encoding(int64_t layer) const { return *blocks_.at(layer).encoding; }
  at::TensorOptions options() const { return options_; }

 private:
  struct Block {
    at::Tensor attn_norm, qkv, out, mlp_norm, mlp_in, mlp_out;
    std::unique_ptr<Encoding> encoding;
  };

  at::Tensor embed(const Input& input) const;
  at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const;
  at::Tensor attend(const Block& block,
                    const at::Tensor& x,
                    const at::Tensor& rows,
                    const Turn& turn,
                    const Places& places,
                    const Observer& observer,
                    const std::string& site) const;
  at::Tensor mlp(const Block& block, const at::Tensor& x) const;

  ModelConfig config_;
  at::TensorOptions options_;
  Parameters parameters_;
  std::vector<Block> blocks_;
  at::Tensor head_;
};

/// A batch of tasks/ as the decoder takes it, on the decoder's device.
Input to_input(const struct Batch& batch, at::Device device);

}  // namespace ww
