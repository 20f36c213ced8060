// usage_map.hpp: what the usage figure takes from a probe file: how large queries and keys are at
// each frequency of each layer, and which frequencies these are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/h5/probe_file.hpp"

namespace ww {

/// A probe file and what to call it in figures and errors.
struct NamedProbe {
  std::string name;
  ProbeFile file;
};

struct UsageMap {
  std::string title;  // "model (encoding)"
  size_t layers = 0, frequencies = 0;
  std::vector<double> query, key;  // [L, F], mean norm, no unit; NaN: no value
  std::vector<double> wavelength;  // [L, F], tokens; inf where theta is 0, NaN where padded
  std::vector<bool> rotated;       // [L], false: the layer has no position encoding
  int64_t train_length = 0;        // tokens, 0 unknown
  int64_t longest_text = 0;        // tokens, 0 unknown
  int64_t texts = 0, tokens = 0;   // 0 unknown
  std::string averaging;           // as the file says it

  size_t at(size_t layer, size_t frequency) const { return layer * frequencies + frequency; }
};

/// Throws InputError that names file and variable where one is missing, of another shape, negative
/// or infinite (theta may be 0; NaN is a missing value).
UsageMap usage_map(const NamedProbe& probe);

/// Sets of layers whose frequencies are the same, by their first layer.
std::vector<std::vector<size_t>> layers_by_frequencies(const UsageMap& map);

/// Mean over some layers of one frequency, and its standard error; NaN where there is none.
struct MeanOverLayers {
  double mean = 0, standard_error = 0;
};
MeanOverLayers mean_over_layers(const UsageMap& map,
                                const std::vector<double>& values,
                                const std::vector<size_t>& layers,
                                size_t frequency);

}  // namespace ww
