// pytorch.hpp: checkpoints of torch.save (.pt, .bin): a ZIP archive of a pickle and its storages.
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Whether the file begins as one, of today or of before PyTorch 1.6.
bool is_pytorch(const std::filesystem::path& path);

/// The tensors of the state dict by without_wrappers(); objects beside them are named in the notes.
/// Throws InputError for a file that is no archive, damaged, cut off, or whose tensors reach past
/// their storages.
WeightFile read_pytorch(const std::filesystem::path& path);

}  // namespace ww
