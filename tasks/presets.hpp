// presets.hpp: the sizes of every task under every preset, in one place.
#pragma once

#include <string>
#include <vector>

#include "tasks/options.hpp"

namespace ww {

struct PresetSizes {
  const char* name;
  int letters;        // A: where-back, indirect
  Range n;            // symbols in a string, every task
  int n_tested;       // longest string of the length axis's main number
  int reach;          // S: indirect
  const char* query;  // indirect: the block's shape
  int places;         // K: where-back
  int keys, values;   // what-tag
};

/// From the quickest to the paper's (arXiv 2509.10534, section 4).
const std::vector<PresetSizes>& presets();
/// Throws InputError that lists the presets where `name` is none of them.
const PresetSizes& preset_sizes(const std::string& name);
/// The names of presets(), in order.
const std::vector<std::string>& preset_names();

}  // namespace ww
