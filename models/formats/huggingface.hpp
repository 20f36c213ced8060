// huggingface.hpp: a folder with config.json and weights: model.safetensors or pytorch_model.bin,
// whole or in shards with an index.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Whether the folder has a config.json that names a model type.
bool is_huggingface(const std::filesystem::path& folder);

/// Throws InputError for a configuration or a part that is not supported, by name, and for files
/// that are missing or damaged.
SourceModel read_huggingface(const std::filesystem::path& folder);
/// The same of a file of weights of any name with a config.json beside it, and of the other shards
/// where it is one.
SourceModel read_huggingface_file(const std::filesystem::path& file);

/// The tensors of a weight file by its kind, safetensors or PyTorch.
WeightFile read_weight_file(const std::filesystem::path& path);

}  // namespace ww
