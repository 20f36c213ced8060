// probe_file.hpp: what a probe file holds, in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ww {

/// A variable of the file in row-major order, widened to double.
struct Array {
  std::vector<std::string> dims;
  std::vector<size_t> shape;
  std::vector<double> values;
};

struct ProbeFile {
  std::map<std::string, std::string> text_attributes;
  std::map<std::string, int64_t> integer_attributes;
  std::map<std::string, Array> variables;  // "theta", "query_norm_mean", "per_head/query_norm_mean"
  std::map<std::string, std::vector<std::string>> strings;
};

/// Throws InputError where the file is none of ours or of a newer major version.
ProbeFile read_probe_file(const std::filesystem::path& path);

}  // namespace ww
