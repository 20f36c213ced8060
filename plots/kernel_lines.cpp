#include "plots/kernel_lines.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kInset = 5;                  // offset 0 stands clear of the axis
constexpr double kThinDot = 0.9;              // radius
constexpr Colour kThin = {0x99, 0xc7, 0xe0};  // of a head's dots: its line over white

/// Lines between neighbouring offsets alone.
void draw_runs(Canvas& canvas,
               const std::vector<LagRun>& runs,
               const std::vector<Point>& points,
               const Stroke& stroke) {
  for (const auto& run : runs) {
    if (run.count > 1) canvas.polyline(std::span(points).subspan(run.from, run.count), stroke);
  }
}

std::vector<Point> points_of(const Curve& curve,
                             const std::vector<double>& lags,
                             const LagAxis& x,
                             const Scale& y) {
  std::vector<Point> points;
  for (size_t i = 0; i < curve.size(); ++i) points.push_back({x(lags[i]), y(curve[i])});
  return points;
}

}  // namespace

double LagAxis::operator()(double lag) const {
  const double share = last > 0 ? std::log1p(lag) / std::log1p(last) : 0;
  return box.x + kInset + share * (box.width - 2 * kInset);
}

void draw_lags(Canvas& canvas, const Box& box, const LagAxis& x) {
  canvas.line({box.x, box.bottom()}, {box.right(), box.bottom()}, {kQuiet});
  double taken = box.x - box.width;
  const auto last = static_cast<int64_t>(x.last);
  for (int64_t tick = 0; tick <= last; tick = tick == 0 ? 1 : 2 * tick) {
    const auto lag = static_cast<double>(tick);
    const auto label = fmt::format("{}", tick);
    const double half = text_width(label, 9) / 2 + 1;
    canvas.line({x(lag), box.bottom()}, {x(lag), box.bottom() + 3}, {kQuiet});
    if (x(lag) - half < taken) continue;
    taken = x(lag) + half;
    canvas.text({x(lag), box.bottom() + 13},
                label,
                {.size = 9, .anchor = Anchor::middle, .colour = kQuiet});
  }
  canvas.text({box.x + box.width / 2, box.bottom() + 27},
              "offset (tokens)",
              {.size = 10.5, .anchor = Anchor::middle});
}

void draw_kernel_curve(
    Canvas& canvas, const KernelLine& line, const Curve& curve, const LagAxis& x, const Scale& y) {
  const auto points = points_of(curve, line.file.lags, x, y);
  draw_runs(canvas, lag_runs(line.file.lags), points, {.colour = line.colour, .width = 1.7});
  for (size_t i = 0; i < curve.size(); ++i) {
    canvas.circle(points[i],
                  line.dot,
                  line.colour,
                  {fmt::format("{}, layer {}, offset {}: {:+.4g}",
                               line.file.about.title,
                               line.layer,
                               line.file.lags[i],
                               curve[i]),
                   {{"map", line.map},
                    {"layer", fmt::format("{}", line.layer)},
                    {"lag", fmt::format("{}", line.file.lags[i])},
                    {"value", fmt::format("{:.9g}", curve[i])}}});
  }
}

void draw_thin_curve(
    Canvas& canvas, const KernelFile& file, const Curve& curve, const LagAxis& x, const Scale& y) {
  const auto runs = lag_runs(file.lags);
  const auto points = points_of(curve, file.lags, x, y);
  draw_runs(canvas, runs, points, {.colour = line_colour(0), .width = 0.9, .opacity = 0.4});
  for (const auto& run : runs) {
    if (run.count == 1) canvas.circle(points[run.from], kThinDot, kThin);
  }
}

}  // namespace ww
