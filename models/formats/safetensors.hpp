// safetensors.hpp: the file format of Hugging Face's safetensors: u64 little-endian N, N bytes of
// JSON, data. The JSON maps names to {dtype, shape, data_offsets [begin, end)}, offsets relative to
// the data.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "models/formats/weights.hpp"

namespace ww {

/// Maps a file. Throws InputError that names the file for anything that is not whole: a header past
/// the end, duplicate names, sizes that differ from shape times type, holes, overlap, bytes over,
/// or bytes that differ from the checksum which write_safetensors() left. `metadata` holds the
/// file's "__metadata__" strings.
WeightFile read_safetensors(const std::filesystem::path& path);

/// Writes atomically, tensors in the order of their names: equal input, equal bytes. The metadata
/// gains "whatwhere.crc32", the checksum of the whole file with zeros for its own digits. Throws
/// InputError where the file can't be written.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace ww
