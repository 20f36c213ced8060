// grid.hpp: what heatmaps share beyond their cells: the rows' height, numbers along both sides,
// hatching, and the caption under a figure.
#pragma once

#include <string>
#include <vector>

#include "plots/canvas.hpp"

namespace ww {

/// Pixels a row, so that few rows don't tower and many can still be told apart.
double row_height(size_t rows);
/// The same for columns of numbered things (heads).
double column_width(size_t columns);

/// Numbers from 0 to the left of `box`, which holds `rows` equal rows, and what they count.
void draw_row_numbers(Canvas& canvas, const Box& box, size_t rows, const std::string& label);
/// Numbers from 0 below `box`, which holds `columns` equal columns, and what they count.
void draw_column_numbers(Canvas& canvas, const Box& box, size_t columns, const std::string& label);

/// The same where columns have names, which shrink to fit.
void draw_column_names(Canvas& canvas,
                       const Box& box,
                       const std::vector<std::string>& names,
                       const std::string& label);

/// The cell at (row, column) of `box` cut into equal cells.
Box cell_of(const Box& box, size_t rows, size_t columns, size_t row, size_t column);

/// Strokes across a box: what it holds means something else than its neighbours.
void hatch(Canvas& canvas, const Box& box, Colour colour = {255, 255, 255});

/// Black or white, whichever stands out from the colour.
Colour contrast(Colour background);

/// Small text under a figure, in lines as wide as it is.
class Caption {
 public:
  Caption() = default;
  Caption(const std::string& text, double width);
  double height() const;
  void draw(Canvas& canvas, Point corner) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace ww
