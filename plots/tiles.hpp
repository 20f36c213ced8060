// tiles.hpp: small multiples: panels of one size in rows, a name above each, a caption beneath all.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/grid.hpp"

namespace ww {

struct Tiles {
  std::string title = {};               // of the figure, for readers who can't see it
  std::vector<std::string> names = {};  // one above each panel
  Size size = {};                       // of a panel with all that belongs to it
  size_t columns = 1;
  std::string caption = {};
  std::string heading = {};                               // above all, if there is one
  double extra = 0;                                       // height between it and the panels
  std::function<void(Canvas&, Point)> draw_extra = {};    // what stands there
  std::function<void(Canvas&, size_t, Point)> draw = {};  // a panel, from its corner
};

/// Panels no further apart than their sizes say.
Figure tiles_figure(Tiles tiles);

}  // namespace ww
