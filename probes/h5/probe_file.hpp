// probe_file.hpp: a probe's result as plain data, and the HDF5 file that others read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ww {

/// Row-major values of a variable; NaN where there is none. Integers are held exactly to 2^53.
struct Array {
  std::vector<std::string> dims;
  std::vector<size_t> shape;
  std::vector<double> values;
};

struct ProbeFile {
  std::map<std::string, std::string> text_attributes;  // of the root
  std::map<std::string, int64_t> integer_attributes;
  /// By name with group, as in schema.hpp: "theta", "per_head/query_norm_mean".
  std::map<std::string, Array> variables;
  std::map<std::string, std::vector<std::string>> strings;  // one value where there are no dims
};

/// Writes atomically; equal data, equal bytes. Every axis has its dimension scale. Throws
/// std::logic_error for a variable that the schema does not know or of other dimensions, InputError
/// where the file can't be written.
void write_probe_file(const std::filesystem::path& path, const ProbeFile& file);

/// Throws InputError that names the file where it is no HDF5, cut off, not a probe's, or of a newer
/// major version. Variables that the schema does not know are passed over.
ProbeFile read_probe_file(const std::filesystem::path& path);

}  // namespace ww
