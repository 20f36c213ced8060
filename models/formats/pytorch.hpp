// pytorch.hpp: checkpoints of torch.save (.pt, .bin): a ZIP archive of a pickle and its storages.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Whether the file begins as one, of today or of before PyTorch 1.6.
bool is_pytorch(const std::filesystem::path& path);

/// A tensor's name without the prefixes that wrappers leave (`module.`, `_orig_mod.`).
std::string without_wrappers(std::string name);

/// The tensors of the state dict by without_wrappers(). Throws InputError for a file that is no
/// archive, damaged, cut off, asks for code, or whose tensors reach past their storages.
WeightFile read_pytorch(const std::filesystem::path& path);

}  // namespace ww
