// colours.hpp: maps from a number to a colour, and colours for lines; all readable by the
// colour-blind. Maps are tables of anchors, evenly spaced, with straight lines between them.
#pragma once

#include <cstddef>
#include <string>

#include "plots/canvas.hpp"

namespace ww {

constexpr Colour kMissing = {0xbd, 0xbd, 0xbd};  // NaN
constexpr Colour kInk = {0x22, 0x22, 0x22};
constexpr Colour kQuiet = {0x66, 0x66, 0x66};  // notes, ticks
constexpr Colour kFaint = {0xdd, 0xdd, 0xdd};  // grids

/// Viridis (van der Walt and Smith, 2015): 0 is #440154, 1 is #fde725; beyond them the ends.
Colour viridis(double share);

/// Blue below, white at .5, red above (Brewer's RdBu, reversed).
Colour diverging(double share);

/// Once round, for phases: white at 0 and 1, blue, darkest at .5, red.
Colour cyclic(double share);

/// From dark to light along viridis without its yellow, which white paper swallows.
Colour layer_colour(size_t layer, size_t layers);

/// Okabe and Ito's palette for lines (2008) without its yellow, which white paper swallows, then
/// three of Tol's muted one (2021); begins again after the last.
Colour line_colour(size_t index);

}  // namespace ww
