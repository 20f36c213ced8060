#include "plots/colour_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kUpperShare = 0.995;
constexpr int kSteps = 64;    // colours of the bar
constexpr double kArrow = 7;  // height of the arrow at a clipped end

void draw_clip(Canvas& canvas, const Box& bar, double base, double tip, Colour fill, double value) {
  const std::array points = {
      Point{bar.x, base}, Point{bar.right(), base}, Point{bar.x + bar.width / 2, tip}};
  canvas.polygon(points, fill, 1);
  canvas.text({bar.right() + 7, (base + tip) / 2 + (tip < base ? 1 : 6)},
              fmt::format("to {:.3g}", value),
              {.size = 9, .colour = kQuiet});
}

}  // namespace

Colour ColourScale::operator()(double value) const {
  if (std::isnan(value)) return kMissing;
  if (value <= low) return viridis(0);
  return viridis(Scale{.low = low, .high = high, .log = log}.share(value));
}

ColourScale colour_scale(const std::vector<double>& values, bool log) {
  std::vector<double> sorted;
  for (const double value : values) {
    if (std::isfinite(value)) sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  const auto first = log ? std::upper_bound(sorted.begin(), sorted.end(), 0.0) : sorted.begin();
  check(first != sorted.end(),
        "the map has no {}value; there is nothing to draw",
        log ? "positive " : "");
  const auto rank =
      static_cast<size_t>(std::ceil(kUpperShare * static_cast<double>(sorted.size())));
  ColourScale scale{.low = *first,
                    .high = std::max(*first, sorted[rank - 1]),
                    .least = sorted.front(),
                    .most = sorted.back(),
                    .below = static_cast<size_t>(first - sorted.begin()),
                    .log = log};
  scale.above = static_cast<size_t>(sorted.end() -
                                    std::upper_bound(sorted.begin(), sorted.end(), scale.high));
  return scale;
}

void draw_colour_bar(Canvas& canvas, const Box& bar, const ColourScale& scale) {
  const Group group(canvas, "colour-bar");
  const double step = bar.height / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double y = bar.bottom() - (i + 1) * step;
    canvas.rect({bar.x, y, bar.width, step}, viridis((i + 0.5) / kSteps));
  }
  const Scale place{
      .low = scale.low, .high = scale.high, .from = bar.bottom(), .to = bar.y, .log = scale.log};
  const int count = std::max(3, static_cast<int>(bar.height / 28));
  for (const double value : ticks_of(place, count)) {
    const double y = place(value);
    canvas.line({bar.right(), y}, {bar.right() + 3, y}, {kQuiet});
    canvas.text({bar.right() + 7, y + 3.5}, tick_label(value), {.size = 10, .colour = kQuiet});
  }
  if (scale.above > 0) {
    draw_clip(canvas, bar, bar.y - 1, bar.y - 1 - kArrow, viridis(1), scale.most);
  }
  if (scale.below > 0) {
    draw_clip(canvas, bar, bar.bottom() + 1, bar.bottom() + 1 + kArrow, viridis(0), scale.least);
  }
}

}  // namespace ww
