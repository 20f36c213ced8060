#include "plots/colour_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.hpp"
#include "plots/colours.hpp"
#include "plots/probe_values.hpp"

namespace ww {

namespace {

constexpr double kUpperShare = 0.995;
constexpr int kSteps = 64;    // colours of the bar
constexpr double kArrow = 7;  // height of the arrow at a clipped end

double upper_end(const std::vector<double>& sorted) {
  const auto rank = std::ceil(kUpperShare * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(rank) - 1];
}

void draw_clip(Canvas& canvas, const Box& bar, double base, double tip, Colour fill, double value) {
  const std::array points = {
      Point{bar.x, base}, Point{bar.right(), base}, Point{bar.x + bar.width / 2, tip}};
  canvas.polygon(points, fill, 1);
  canvas.text({bar.right() + 7, (base + tip) / 2 + (tip < base ? 1 : 6)},
              fmt::format("to {:.3g}", value),
              {.size = 9, .colour = kQuiet});
}

}  // namespace

Colour ColourScale::at(double share) const {
  return diverging ? ww::diverging(share) : viridis(share);
}

Colour ColourScale::operator()(double value) const {
  if (std::isnan(value)) return kMissing;
  if (value <= low) return at(0);
  return at(Scale{.low = low, .high = high, .log = log}.share(value));
}

ColourScale colour_scale(const std::vector<double>& values, bool log) {
  auto sorted = finite_values(values);
  std::ranges::sort(sorted);
  const auto first = log ? std::upper_bound(sorted.begin(), sorted.end(), 0.0) : sorted.begin();
  check(first != sorted.end(),
        "the map has no {}value; there is nothing to draw",
        log ? "positive " : "");
  ColourScale scale{.low = *first,
                    .high = std::max(*first, upper_end(sorted)),
                    .least = sorted.front(),
                    .most = sorted.back(),
                    .below = static_cast<size_t>(first - sorted.begin()),
                    .log = log};
  scale.above = static_cast<size_t>(sorted.end() -
                                    std::upper_bound(sorted.begin(), sorted.end(), scale.high));
  return scale;
}

ColourScale diverging_scale(const std::vector<double>& values) {
  const auto known = finite_values(values);
  auto sizes = known;
  std::ranges::transform(sizes, sizes.begin(), [](double value) { return std::abs(value); });
  std::ranges::sort(sizes);
  check(!sizes.empty(), "the map has no value; there is nothing to draw");
  const double end = upper_end(sizes) > 0 ? upper_end(sizes) : 1;
  const auto beyond = [&](double sign) {
    const auto past = [&](double value) { return sign * value > end; };
    return static_cast<size_t>(std::ranges::count_if(known, past));
  };
  return {.low = -end,
          .high = end,
          .least = std::ranges::min(known),
          .most = std::ranges::max(known),
          .above = beyond(1),
          .below = beyond(-1),
          .diverging = true};
}

void draw_colour_bar(Canvas& canvas, const Box& bar, const ColourScale& scale) {
  const Group group(canvas, "colour-bar");
  const double step = bar.height / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double y = bar.bottom() - (i + 1) * step;
    canvas.rect({bar.x, y, bar.width, step}, scale.at((i + 0.5) / kSteps));
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
    draw_clip(canvas, bar, bar.y - 1, bar.y - 1 - kArrow, scale.at(1), scale.most);
  }
  if (scale.below > 0) {
    draw_clip(canvas, bar, bar.bottom() + 1, bar.bottom() + 1 + kArrow, scale.at(0), scale.least);
  }
}

}  // namespace ww
