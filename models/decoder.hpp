// decoder.hpp: the one decoder-only transformer, for models that we train and checkpoints we read.
//
//   x = embed(tokens) (+ position vector)
//   x = block_l(x)                            in each of L blocks, see block.hpp
//   logits = head(norm(x))
#pragma once

#include <memory>
#include <vector>

#include "models/block.hpp"
#include "models/config.hpp"
#include "models/fused/engine.hpp"
#include "models/observer.hpp"
#include "models/parameters.hpp"
#include "models/rounded.hpp"
#include "models/tensor_source.hpp"

namespace ww {

/// One batch as tensors. positions and block stay on the CPU, tokens and graded go to the device.
struct Input {
  at::Tensor tokens;     // [B, T], int64
  at::Tensor positions;  // [T] or [B, T], int64, CPU
  at::Tensor block;      // [T], int64, CPU; undefined: one text, no queries
  at::Tensor graded;     // [Q] rows whose logits are wanted, int64; undefined: all T
  /// Texts packed side by side, B = 1: how many rows each has, T together. Empty: one text a
  /// string.
  std::vector<int64_t> lengths = {};
};

/// Names, shapes and starts of all parameters (see config.hpp). Throws InputError for sizes that
/// cannot work.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config);
/// The same of a file's configuration: errors begin with its name.
std::vector<ParameterSpec> parameter_specs(const ModelConfig& config, const std::string& where);

class Communicator;
class Fused;

class Decoder {
 public:
  /// All parameters zero. Throws InputError as parameter_specs() does.
  explicit Decoder(const ModelConfig& config, at::TensorOptions options = at::kFloat);
  /// A checkpoint that is only read: its tensors stay where they are until a pass needs them.
  Decoder(const ModelConfig& config,
          std::shared_ptr<const TensorSource> source,
          at::TensorOptions options = at::kFloat);

  /// Logits [B, Q, V] at the graded rows. The last block computes queries and MLP there only; with
  /// hooks it computes every row, so that each site is whole, and then picks.
  at::Tensor forward(const Input& input, const Hooks& hooks = {}) const;

  /// What passes without hooks compute with from now on; plain tensor operations before. Throws
  /// InputError where that can't run this model.
  void compute_with(const Engine& engine);
  const Engine& engine() const { return engine_; }
  /// Deals passes without hooks to processes that all make the same calls, from now on. The model
  /// must compute with the fused kernels, and there must be no more processes than slots.
  void share_with(Communicator& all);
  /// The blocks' products in loss_and_gradient() are of `type` from now on, nothing else is. The
  /// parameters must be tracked.
  void train_in(at::ScalarType type);
  /// Mean cross-entropy of answers [B Q], int64, at the graded rows, nats, times `share`; adds its
  /// gradient to the parameters', which must be tracked.
  double loss_and_gradient(const Input& input, const at::Tensor& answers, double share = 1) const;
  /// The same; the loss stays on the model's device, and nothing waits for it.
  /// `pass`: what prepare() gave for such an input, else it is made anew.
  at::Tensor queue_gradient(const Input& input,
                            const at::Tensor& answers,
                            double share,
                            const Pass* pass = nullptr) const;

  // The parts of forward(), for whoever runs many batches a layer at a time.
  Pass prepare(const Input& input, const Hooks* hooks = nullptr) const;
  at::Tensor embed(const Input& input) const;  // [B, T, C]
  /// What embed() adds at positions: [T, C] or [B, T, C]; undefined where nothing is.
  at::Tensor position_vectors(const at::Tensor& positions) const;
  /// The tensors of one block; of a checkpoint widened anew at each call.
  Block block(int64_t layer) const;
  /// x [.., C] after the last block -> logits [.., V].
  at::Tensor logits(const at::Tensor& x) const;
  /// Cross-entropy, nats, of targets [R], int64, from x [R, C] after the last block: [R], float64.
  /// The head is used a part of the symbols at a time, so no [R, V] ever stands in memory.
  at::Tensor losses(const at::Tensor& x, const at::Tensor& targets) const;

  const ModelConfig& config() const { return config_; }
  /// Of models that own theirs; empty for a checkpoint that is only read.
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  /// How many numbers the model has.
  int64_t size() const;
  const Encoding& encoding(int64_t layer) const { return *encodings_.at(layer); }
  at::TensorOptions options() const { return options_; }
  const std::shared_ptr<const TensorSource>& source() const { return source_; }

 private:
  at::Tensor tensor(const std::string& name) const;  // undefined where the model has none
  Norm norm(const std::string& name) const;
  Affine affine(const std::string& name) const;
  Block assemble(int64_t layer) const;
  void make_encodings();
  std::vector<Turn> turns(const at::Tensor& positions) const;
  TextRows text_rows(const Input& input,
                     const std::vector<Turn>& turns,
                     int64_t first,
                     int64_t count) const;
  at::Tensor capped(const at::Tensor& logits) const;
  /// The fused kernels where they are for such a pass, else null.
  Fused* fused_for(const Input& input, const Hooks& hooks) const;
  /// forward() as tensor operations, of these blocks; none: the model's own.
  at::Tensor compose(const Input& input, const Pass& pass, const std::vector<Block>& blocks) const;

  ModelConfig config_;
  at::TensorOptions options_;
  Parameters parameters_;
  std::shared_ptr<const TensorSource> source_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // of every tensor, by name
  std::vector<std::unique_ptr<Encoding>> encodings_;
  std::vector<Block> blocks_;  // of models that own their parameters
  Engine engine_;
  std::shared_ptr<Fused> fused_;              // null: tensor operations, attention as engine_ says
  std::shared_ptr<RoundedMatrices> rounded_;  // null: training computes with the parameters
  std::vector<Block> rounded_blocks_;         // with its matrices
};

/// A batch of tasks/ as the decoder takes it, on the decoder's device.
Input to_input(const struct Batch& batch, at::Device device);

}  // namespace ww
