// kernel_lines.hpp: a curve over the offset: lines where offsets are neighbours, dots alone where
// they are sampled.
#pragma once

#include "plots/axis.hpp"
#include "plots/canvas.hpp"
#include "plots/kernel_curves.hpp"

namespace ww {

/// Offsets from left to right, evenly spaced in ln(1 + offset).
struct LagAxis {
  Box box;
  double last = 1;
  double operator()(double lag) const;
};

/// The axis below its box.
void draw_lags(Canvas& canvas, const Box& box, const LagAxis& x);

/// Whose curve, and how it looks.
struct KernelLine {
  const KernelFile& file;
  size_t layer;
  Colour colour;
  const char* map;  // the dots' data-map
  double dot;       // radius
};

/// A curve with its dots, each with its value.
void draw_kernel_curve(
    Canvas& canvas, const KernelLine& line, const Curve& curve, const LagAxis& x, const Scale& y);

/// A head among others: a thin line, and dots where no line can be.
void draw_thin_curve(
    Canvas& canvas, const KernelFile& file, const Curve& curve, const LagAxis& x, const Scale& y);

}  // namespace ww
