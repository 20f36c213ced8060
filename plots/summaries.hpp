// summaries.hpp: numbers that tell in one line how a model stands, to be followed over training. A
// new one is a line of the table.
#pragma once

#include <string>
#include <vector>

#include "plots/probe_values.hpp"

namespace ww {

struct Summary {
  const char* name;   // of the marks
  const char* label;  // of the axis
  bool log;           // its axis; then values are positive
  std::vector<std::string> needs;
  /// A value a layer, NaN where there is none; one value where it has no layers.
  std::vector<double> (*of)(const NamedProbe& probe);
};

const std::vector<Summary>& summaries();

/// Whether the file has all that the summary needs.
bool has_summary(const NamedProbe& probe, const Summary& summary);

/// Mean over the known values; of the logarithms where the axis is one. NaN where there is none.
double mean_summary(const std::vector<double>& values, bool log);

}  // namespace ww
