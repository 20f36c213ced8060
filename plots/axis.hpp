// axis.hpp: from data to pixels, round numbers for ticks, and the drawing of both.
#pragma once

#include <string>
#include <vector>

#include "plots/canvas.hpp"

namespace ww {

/// A straight or logarithmic map of [low, high] onto pixels [from, to]; to may lie before from.
struct Scale {
  double low = 0, high = 1;
  double from = 0, to = 1;
  bool log = false;

  /// 0 at low, 1 at high; 0 everywhere where both are one number. Not clamped.
  double share(double value) const;
  double operator()(double value) const { return from + share(value) * (to - from); }
};

/// Round numbers (1, 2, 5 times a power of ten) inside [low, high], about `count` of them.
std::vector<double> linear_ticks(double low, double high, int count = 5);

/// Powers of ten inside [low, high]; with fewer than three of them also 2 and 5 times those, and
/// where these too are fewer than three, linear ones; with more than `count`, every second and so
/// on.
std::vector<double> log_ticks(double low, double high, int count = 6);

/// The ticks of a scale.
std::vector<double> ticks_of(const Scale& scale, int count = 5);

/// The least round number that is not below `value` (> 0): a good end for an axis from 0.
double round_up(double value);

/// "0.05", "12,000", "1e+07": as short as the ticks' spacing allows.
std::string tick_label(double value);

/// 12345 -> "12,345".
std::string with_commas(int64_t value);

struct AxisStyle {
  std::string label;
  double size = 10;
  int ticks = 5;
  bool grid = false;      // faint lines across the plot
  double label_gap = 30;  // from the box to the label's baseline; more where numbers are wide
};

/// Ticks, numbers and label below `box`; the scale's pixels are x.
void draw_x_axis(Canvas& canvas, const Box& box, const Scale& scale, const AxisStyle& style);

/// Ticks, numbers and label to the left of `box`; the scale's pixels are y.
void draw_y_axis(Canvas& canvas, const Box& box, const Scale& scale, const AxisStyle& style);

}  // namespace ww
