// profile_lines.hpp: lines over the frequency with bands of one standard error.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plots/frequency_axis.hpp"

namespace ww {

/// A value with its standard error (NaN: none) at each frequency of one layer.
struct ProfileLine {
  const UsageMap& map;
  const FrequencyAxis& axis;
  size_t layer;  // whose columns it stands on
  std::function<MeanOverLayers(size_t frequency)> value;
  Stroke stroke;
  std::string name;  // the dots' data-map
};

/// The line with its band, broken where a value is missing and before the strip of theta = 0; what
/// lies below the scale's low end (a logarithm's) is drawn there.
void draw_profile_line(Canvas& canvas, const Box& box, const Scale& y, const ProfileLine& line);

/// The layers that share a line: by index all, by wavelength those that agree.
std::vector<std::vector<size_t>> profile_sets(const UsageMap& map, const FrequencyAxis& axis);

/// The largest mean plus standard error of a profile.
double profile_peak(const UsageMap& map,
                    const std::vector<double>& values,
                    const FrequencyAxis& axis);

}  // namespace ww
