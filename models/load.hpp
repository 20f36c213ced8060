// load.hpp: a checkpoint of any format that we read, as a decoder ready to run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "models/decoder.hpp"
#include "models/formats/rope_scaling.hpp"
#include "models/run.hpp"

namespace ww {

struct Loaded {
  Decoder model;
  std::string format;  // "whatwhere-model", "llama2.c", "gguf", "safetensors", "pytorch", ..
  std::string family;  // "whatwhere", "llama", "qwen2", ..
  std::vector<std::filesystem::path> weights;  // the files that hold them
  std::map<std::string, std::string> types;    // stored type of each tensor, by the file's name
  std::vector<std::string> notes;              // what a user should know
  std::vector<RopeScaling> ropes;              // of public checkpoints: where frequencies are from
  std::optional<RunOptions> run;               // of our own runs: what it was trained on
  int64_t training_step = -1;                  // -1: unknown
  std::string headless{};  // why the model has no head, a sentence; its logits mean nothing then
};

struct LoadOptions {
  at::TensorOptions tensors = at::kFloat;
  bool allow_unused = false;    // tensors that nobody reads are no reason to refuse
  bool allow_headless = false;  // nor is a missing head: only queries and keys are looked at
};

/// A run's folder or a public checkpoint. Throws InputError that says what is wrong with it.
Loaded load_checkpoint(const std::filesystem::path& path, const LoadOptions& options = {});

/// The model with the frequencies that it has where the longest text is so long: of models whose
/// frequencies depend on that (dynamic, longrope) another decoder, else the same.
void set_text_length(Loaded& loaded, int64_t tokens);
/// Whether a text of so many tokens would have other frequencies alone than one of `others`.
bool frequencies_differ(const Loaded& loaded, int64_t tokens, int64_t others);

/// The same weights in a decoder of another configuration with equal shapes.
Decoder with_config(const Decoder& model, const ModelConfig& config);

/// One text as the decoder takes it: positions 0, 1, ..
Input text_input(const std::vector<int32_t>& ids, at::Device device);

}  // namespace ww
