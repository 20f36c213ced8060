// colour_scale.hpp: which value gets which colour of a heatmap, and the bar that says so.
//
// The upper limit is the 99.5 % point of the values by nearest rank, so that a few large cells
// don't darken the rest; up to 200 values it is their maximum. What lies above is clipped, and the
// bar says how far it goes. A diverging scale is white at 0 and reaches as far below as above.
#pragma once

#include <cstddef>
#include <vector>

#include "plots/axis.hpp"

namespace ww {

struct ColourScale {
  double low = 0, high = 1;     // of the colours
  double least = 0, most = 1;   // of the values
  size_t above = 0, below = 0;  // cells clipped at either end
  bool log = false;
  bool diverging = false;

  /// The colour at a place of the bar, 0 at its foot.
  Colour at(double share) const;
  /// NaN is grey, log of what is not positive the lowest colour.
  Colour operator()(double value) const;
};

/// Over all finite values given; on a logarithmic scale the lowest colour is the least positive
/// value. Throws InputError where there is no value to draw.
ColourScale colour_scale(const std::vector<double>& values, bool log);

/// The same about 0, by the sizes of the values.
ColourScale diverging_scale(const std::vector<double>& values);

/// The bar with its ticks to the right of it; an arrow and a number mark a clipped end.
void draw_colour_bar(Canvas& canvas, const Box& bar, const ColourScale& scale);

}  // namespace ww
