// ablation_rows.hpp: what one intervention costs layer by layer, panels side by side whose rows are
// the layers: a bar each with its interval and controls, or by band where there are several, and a
// map by head. Red where the loss grows, blue where it falls, grey where nothing was run.
//
//   unshift
//   layer by layer           by head
//    0 |####-              0 . . # . . .
//    1 |#                  1 . . . . . .
//      0    .02  .04         0 1 2 3 4 5  head
#pragma once

#include <string>
#include <vector>

#include "plots/ablation_bars.hpp"
#include "plots/colour_scale.hpp"

namespace ww {

/// A cell a layer and band, or layer and head.
struct LossHeatmap {
  std::string what, title;  // the cells' data-map; above it
  bool heads = false;       // else bands
  LossTable table;
  ColourScale scale;

  std::vector<double> values() const;
};

/// One intervention's panels. Whoever draws several gives them their scales.
struct LossRow {
  LayerLosses losses;
  LossRange range;                // of the bars
  std::vector<LossHeatmap> maps;  // controls of the bands beside them
  bool own_colours = false;       // of each map; else one bar for all of them

  /// Bars stand for layers where there is one band; else every band has a column of a map.
  bool has_bars() const { return losses.bands.columns.size() == 1; }
  double width() const;
  double height() const;
};

/// With the range of its own losses, and colours to be given.
LossRow loss_row(LayerLosses losses);

/// From its corner.
void draw_loss_row(Canvas& canvas, const LossRow& row, Point corner);

}  // namespace ww
