#include "plots/quadrature_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr const char* kPart = "metrics/quadrature_part";
constexpr const char* kResultant = "metrics/resultant";

/// Room left and right of the first and last range, or the one range in the middle.
Scale range_scale(const std::vector<double>& ranges, const Box& box) {
  const auto [low, high] = std::ranges::minmax(ranges);
  const double room = std::max(1.15, std::pow(high / low, 0.05));
  return {.low = low / room, .high = high * room, .from = box.x, .to = box.right(), .log = true};
}

void draw_range_ticks(Canvas& canvas, const QuadratureMap& map, const Box& box, const Scale& x) {
  canvas.line({box.x, box.bottom()}, {box.right(), box.bottom()}, {kQuiet});
  double taken = box.right() + 20;
  for (auto each = map.ranges.rbegin(); each != map.ranges.rend(); ++each) {
    const double range = *each;  // the last is the layers' own, which must have its label
    const auto label = with_commas(std::llround(range));
    const double half = text_width(label, 10) / 2 + 3;
    canvas.line({x(range), box.bottom()}, {x(range), box.bottom() + 4}, {kQuiet});
    if (x(range) + half > taken) continue;
    canvas.text({x(range), box.bottom() + 15},
                label,
                {.size = 10, .anchor = Anchor::middle, .colour = kQuiet});
    taken = x(range) - half;
  }
  canvas.text({box.x + box.width / 2, box.bottom() + 30},
              "range of offsets (tokens)",
              {.size = 11, .anchor = Anchor::middle});
}

}  // namespace

void draw_ranges(Canvas& canvas, const QuadratureMap& map, const Box& box, double top) {
  const Group group(canvas, "ranges");
  const Scale y{.low = 0, .high = top, .from = box.bottom(), .to = box.y};
  const auto x = range_scale(map.ranges, box);
  const int ticks = std::clamp(static_cast<int>(box.height / 30), 2, 5);
  draw_y_axis(canvas, box, y, {.label = "mean Q", .ticks = ticks, .grid = true, .label_gap = 40});
  draw_range_ticks(canvas, map, box, x);
  for (size_t l = 0; l < map.layers; ++l) {
    std::vector<Point> points;
    const auto colour = layer_colour(l, map.layers);
    for (size_t o = 0; o < map.ranges.size(); ++o) {
      const double share = map.by_range[o * map.layers + l];
      if (!std::isfinite(share)) continue;
      points.push_back({x(map.ranges[o]), y(share)});
      canvas.circle(points.back(),
                    2.2,
                    colour,
                    {fmt::format("layer {}, offsets below {}: Q {:.3g}", l, map.ranges[o], share),
                     {{"map", "range"},
                      {"layer", fmt::format("{}", l)},
                      {"range", fmt::format("{}", map.ranges[o])},
                      {"value", fmt::format("{:.9g}", share)}}});
    }
    if (points.size() > 1) canvas.polyline(points, {.colour = colour, .width = 1.3});
  }
}

std::optional<FrequencyMaps> quadrature_parts(const std::vector<NamedProbe>& probes,
                                              bool separate) {
  std::vector<FileMaps> files;
  for (const auto& probe : probes) {
    for (const auto* name : {"theta", "query_norm_mean", "key_norm_mean", kPart, kResultant}) {
      if (find_array(probe, name) == nullptr) return std::nullopt;
    }
    require_variables(
        probe, {kPart, kResultant, "theta"}, "the figure 'quadrature'", "whatwhere probe");
    const auto rows = usage_map(probe);
    files.push_back({{.name = "quadrature-part",
                      .title = "Each frequency's part of Q",
                      .symbol = "part",
                      .unit = "1",
                      .rows = rows,
                      .values = map_values(probe, kPart, {}),
                      .colours = MapColours::linear},
                     {.name = "resultant",
                      .title = "Phase concentration",
                      .symbol = "R",
                      .unit = "1",
                      .rows = rows,
                      .values = map_values(probe, kResultant, {}),
                      .colours = MapColours::share}});
  }
  return FrequencyMaps(std::move(files), AxisKind::automatic, separate);
}

}  // namespace ww
