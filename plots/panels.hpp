// panels.hpp: what the report's small figures share: a legend, an axis of percents, floors as
// dashed lines with their names beside them.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plots/axis.hpp"
#include "plots/report_data.hpp"

namespace ww {

/// Names with a square of their colour, in rows no wider than `width`.
class Legend {
 public:
  using Entry = std::pair<std::string, Colour>;
  Legend(std::vector<Entry> entries, double width);
  double height() const;
  void draw(Canvas& canvas, Point corner) const;

 private:
  std::vector<Entry> entries_;
  std::vector<Point> places_;  // of the squares, from the corner
};

Legend arm_legend(const TaskRuns& task, double width);

/// From 0 to 100 percent, upwards.
Scale percent_scale(const Box& box);

/// Ticks, faint grid lines and the label.
void draw_percent_axis(Canvas& canvas, const Box& box, const std::string& label);

/// Where labels of the given heights stand so that none covers another and all lie within
/// [top, bottom] if they fit: as near as may be to the centres wanted, in their order.
std::vector<double> spread(const std::vector<double>& wanted,
                           const std::vector<double>& heights,
                           double top,
                           double bottom);

/// Rungs as dashed lines across `box`, the plateau thicker; names at the right, `width` wide, of at
/// most `lines` lines each.
void draw_rungs(
    Canvas& canvas, const Box& box, std::span<const Rung> rungs, double width, size_t lines);

}  // namespace ww
