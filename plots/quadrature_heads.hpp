// quadrature_heads.hpp: the quadrature share of every head as a map of layers by heads, each cell
// with the mark of what is largest in the head's scores.
#pragma once

#include "plots/colour_scale.hpp"
#include "plots/quadrature_map.hpp"

namespace ww {

/// Layers that turn nothing are hatched.
void draw_head_shares(Canvas& canvas,
                      const QuadratureMap& map,
                      const ColourScale& colours,
                      const Box& box);
/// What the marks mean, in one line from `corner` on.
void draw_head_key(Canvas& canvas, Point corner);

}  // namespace ww
