// load.hpp: a checkpoint of any format that we read, as a decoder ready to run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "models/decoder.hpp"
#include "models/run.hpp"

namespace ww {

struct Loaded {
  Decoder model;
  std::string format;             // "whatwhere-model", "llama2.c", "gguf"
  std::filesystem::path weights;  // the file that holds them
  std::optional<RunOptions> run;  // of our own runs: what it was trained on
  int64_t training_step = -1;     // -1: unknown
};

/// A run's folder or a public checkpoint's file. Throws InputError that says what is wrong with it.
Loaded load_checkpoint(const std::filesystem::path& path, at::TensorOptions options = at::kFloat);

/// The same weights in a decoder of another configuration with equal shapes.
Decoder with_config(const Decoder& model, const ModelConfig& config);

/// Mean cross-entropy, nats per predicted token, of each next token of `ids` from those before it:
/// ids.size() - 1 predictions from one window. NaN for fewer than two ids.
double text_loss(const at::Tensor& logits, const std::vector<int32_t>& ids);

/// One text as the decoder takes it: positions 0, 1, ..
Input text_input(const std::vector<int32_t>& ids, at::Device device);

}  // namespace ww
