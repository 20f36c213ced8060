// gguf_split.hpp: GGUF models in several files, `NAME-00001-of-0000N.gguf`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

/// The files that the name of any of them says there are, the file alone where it says nothing.
/// Throws InputError where one is missing.
std::vector<std::filesystem::path> split_files(const std::filesystem::path& path);

struct SplitFacts {
  uint64_t number, count, tensors;  // of this part, from 0; of parts; in all parts together
};

/// Throws InputError where the part's metadata says otherwise; it need not say anything.
void check_split(const WeightFile& part, const std::string& where, const SplitFacts& facts);

}  // namespace ww
