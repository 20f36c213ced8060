// usage_map.hpp: what the usage figure takes from a probe file: how large queries and keys are at
// each frequency of each layer, and which frequencies these are.
#pragma once

#include <string>
#include <vector>

#include "plots/probe_values.hpp"

namespace ww {

struct UsageMap : ProbeAbout {
  std::string row = "layer";  // what a row is; a map of one layer has a row a head
  size_t layers = 0, frequencies = 0;
  std::vector<double> query, key;  // [L, F], mean norm, no unit; NaN: no value
  std::vector<double> wavelength;  // [L, F], tokens; inf where theta is 0, NaN where padded
  std::vector<bool> rotated;       // [L], false: the layer has no position encoding

  size_t at(size_t layer, size_t frequency) const { return layer * frequencies + frequency; }
};

/// Throws InputError that names file and variable where one is missing, of another shape, negative
/// or infinite (theta may be 0; NaN is a missing value).
UsageMap usage_map(const NamedProbe& probe);

/// A row a head of one layer: query heads hold their queries, key heads (`keys`) their keys. Throws
/// InputError as usage_map() does, or where the file has no such layer.
UsageMap head_map(const NamedProbe& probe, size_t layer, bool keys);

/// Nq Nk of each query head of a layer with the key head that it reads: [H, F]. Throws as
/// head_map().
std::vector<double> head_products(const NamedProbe& probe, size_t layer);

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
