#include "plots/quadrature.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "plots/colour_scale.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/quadrature_heads.hpp"
#include "plots/quadrature_map.hpp"
#include "plots/quadrature_parts.hpp"

namespace ww {

namespace {

constexpr double kLeft = 56, kTop = 14, kTitle = 22, kHeads = 28, kControls = 14, kBelow = 40,
                 kBetweenFiles = 16;
constexpr double kToBar = 16, kBar = 12, kBarLabels = 48, kLayers = 190, kRight = 24, kLegend = 26;
constexpr double kToRanges = 78, kRanges = 210;
constexpr Colour kControl = {0x88, 0x88, 0x88};

double heat_height(const QuadratureMap& map) {
  return row_height(map.layers) * static_cast<double>(map.layers);
}

double heat_width(const QuadratureMap& map) {
  return column_width(map.heads) * static_cast<double>(map.heads);
}

struct Plan {
  std::vector<QuadratureMap> maps;
  std::vector<ColourScale> colours;  // a map each; equal where they share one
  double heat_width = 0, top = 1;    // of the layers' axis
  double range_top = 1;              // of the ranges' axis
  std::optional<FrequencyMaps> parts;
  bool ranges = false;
  Caption caption;

  double width() const {
    const double heads = heat_width + kToBar + kBar + kBarLabels + kLayers + kRight +
                         (ranges ? kToRanges + kRanges : 0);
    return kLeft + std::max(heads, parts ? parts->width() : 0);
  }
  /// The panels' titles, and the names of the controls.
  double heads() const {
    const auto has = [](const auto& map) { return !map.controls.empty(); };
    return kHeads + (std::ranges::any_of(maps, has) ? kControls : 0);
  }
  double block_height(size_t file) const {
    return kTitle + heads() + heat_height(maps[file]) + kBelow +
           (parts ? parts->height(file) + kBetweenFiles : 0);
  }
  double height() const {
    double sum = 2 * kTop + kLegend + caption.height();
    for (size_t i = 0; i < maps.size(); ++i) sum += block_height(i) + kBetweenFiles;
    return sum;
  }
};

Stroke control_stroke(size_t control) {
  const std::array<std::vector<double>, 3> dashes = {{{}, {5, 3}, {1.5, 2.5}}};
  return {.colour = kControl, .width = 1.3, .dash = dashes[control % dashes.size()]};
}

/// One line over the layers, and its name above the panel.
void draw_controls(Canvas& canvas, const QuadratureMap& map, const Box& box, const Scale& x) {
  double place = box.x;
  for (size_t c = 0; c < map.controls.size(); ++c) {
    const auto& [name, values] = map.controls[c];
    std::vector<Point> points;
    for (size_t l = 0; l < map.layers; ++l) {
      if (!std::isfinite(values[l])) continue;
      const auto row = cell_of(box, map.layers, 1, l, 0);
      points.push_back({x(values[l]), row.y + row.height / 2});
      canvas.circle(points.back(),
                    1.8,
                    kControl,
                    {fmt::format("layer {}, control {}: Q {:.3g}", l, name, values[l]), {}});
    }
    canvas.polyline(points, control_stroke(c));
    canvas.line({place, box.y - 11}, {place + 18, box.y - 11}, control_stroke(c));
    canvas.text({place + 22, box.y - 8}, name, {.size = 10, .colour = kQuiet});
    place += 34 + text_width(name, 10);
  }
}

/// A layer's share as a dot with its standard error, level with its row of the map.
void draw_layer_shares(Canvas& canvas, const QuadratureMap& map, const Box& box, double top) {
  const Group group(canvas, "layers");
  const Scale x{.low = 0, .high = top, .from = box.x, .to = box.right()};
  draw_x_axis(canvas, box, x, {.label = "Q of the layer", .ticks = 4, .grid = true});
  canvas.line({box.x, box.y}, {box.x, box.bottom()}, {kQuiet});
  draw_controls(canvas, map, box, x);
  for (size_t l = 0; l < map.layers; ++l) {
    if (!std::isfinite(map.mean[l])) continue;
    const auto row = cell_of(box, map.layers, 1, l, 0);
    const double y = row.y + row.height / 2;
    const double error = std::isfinite(map.error[l]) ? map.error[l] : 0;
    canvas.line({x(std::max(0.0, map.mean[l] - error)), y},
                {x(std::min(top, map.mean[l] + error)), y},
                {.colour = line_colour(0), .width = 2});
    canvas.circle(
        {x(map.mean[l]), y},
        3.2,
        line_colour(0),
        {fmt::format("layer {}: Q {:.3g} \u00b1 {:.2g}", l, map.mean[l], map.error[l]),
         {{"layer", fmt::format("{}", l)}, {"value", fmt::format("{:.9g}", map.mean[l])}}});
  }
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (size_t i = 0; i < plan.maps.size(); ++i) {
    const auto& map = plan.maps[i];
    const Group group(canvas, "file");
    canvas.text({kLeft, y + 13}, map.about.title, {.size = 13, .bold = true});
    const double heads = y + kTitle, top = heads + plan.heads();
    const double width = heat_width(map);
    const Box heat{kLeft, top, width, heat_height(map)};
    const Box bar{kLeft + plan.heat_width + kToBar, top, kBar, heat.height};
    const Box layers{bar.right() + kBarLabels, top, kLayers, heat.height};
    canvas.text(
        {heat.x, heads + 12}, "Quadrature share Q of each head", {.size = 12, .bold = true});
    draw_head_shares(canvas, map, plan.colours[i], heat);
    canvas.text({bar.x, heads + 12}, "Q", {.size = 11, .bold = true});
    draw_colour_bar(canvas, bar, plan.colours[i]);
    canvas.text({layers.x, heads + 12}, "Q of each layer", {.size = 12, .bold = true});
    draw_layer_shares(canvas, map, layers, plan.top);
    if (plan.ranges) {
      const Box ranges{layers.right() + kToRanges, top, kRanges, heat.height};
      canvas.text({ranges.x, heads + 12}, "Q by range", {.size = 12, .bold = true});
      draw_ranges(canvas, map, ranges, plan.range_top);
    }
    if (plan.parts) plan.parts->draw(canvas, i, {kLeft, heat.bottom() + kBelow + kBetweenFiles});
    y += plan.block_height(i) + kBetweenFiles;
  }
  draw_head_key(canvas, {kLeft, y - kBetweenFiles / 2});
  plan.caption.draw(canvas, {kLeft, y + kLegend - kBetweenFiles / 2});
}

/// The offsets that the layers' shares are of; empty where a file does not say.
std::string offsets_text(const std::vector<QuadratureMap>& maps) {
  const auto& first = maps.front();
  if (std::ranges::any_of(maps, [](const auto& map) { return map.range <= 0; })) return "";
  if (std::ranges::all_of(maps, [&](const auto& map) { return map.range == first.range; })) {
    return fmt::format(", offsets 0 to {}", with_commas(first.range - 1));
  }
  std::vector<std::string> last;
  for (const auto& map : maps) last.push_back(with_commas(map.range - 1));
  return fmt::format(", offsets from 0 to each file's last ({} in turn)", fmt::join(last, "; "));
}

std::string caption_text(const Plan& plan) {
  std::string text, controls;
  bool errors = false;
  for (const auto& map : plan.maps) {
    text += about_note(map.about) + " ";
    for (const auto& [name, values] : map.controls) {
      if (controls.find(name) == std::string::npos)
        controls += (controls.empty() ? "" : ", ") + name;
    }
    errors = errors || !finite_values(map.error).empty();
  }
  text +=
      "Q: share of the variance of a head's scores (contents paired freely) in which content "
      "shifts a tuning curve along the offset instead of scaling it; 0 where phases do not depend "
      "on content. Q of a layer: that variance summed over heads, divided by their total variance" +
      offsets_text(plan.maps);
  text += errors ? ", with \u00b11 standard error over texts (jackknife)." : ".";
  if (!controls.empty()) text += fmt::format(" Grey dots: controls ({}).", controls);
  const auto still = [](const QuadratureMap& map) {
    return std::ranges::find(map.rotated, false) != map.rotated.end();
  };
  if (!plan.parts && std::ranges::any_of(plan.maps, still))
    text += " Hatched: layers without rotation.";
  if (plan.ranges)
    text += " By range: mean over heads, one line for each layer, from dark (layer 0) to light.";
  if (plan.parts) {
    text +=
        " The parts of Q sum to Q over frequencies; a part is negative where a frequency cancels "
        "others. R: 1 where all contents have one phase, 0 "
        "where phases are uniform. Means over heads; below the maps over layers with \u00b11 "
        "standard "
        "error." +
        plan.parts->notes();
  }
  return text;
}

std::vector<ColourScale> colour_scales(const std::vector<QuadratureMap>& maps, ColourSharing kind) {
  std::vector<ColourScale> scales;
  std::vector<double> all;
  for (const auto& map : maps) {
    std::vector<double> own;
    for (const auto& head : map.shares) own.push_back(head.of[kQuadrature]);
    if (is_separate(kind)) scales.push_back(colour_scale(own, is_log(kind)));
    all.insert(all.end(), own.begin(), own.end());
  }
  if (scales.empty()) scales.assign(maps.size(), colour_scale(all, is_log(kind)));
  return scales;
}

/// The end of the layers' axis: all dots, errors and controls lie within it.
double layers_top(const std::vector<QuadratureMap>& maps) {
  double top = 0;
  const auto include = [&](double value) {
    if (std::isfinite(value)) top = std::max(top, value);
  };
  for (const auto& map : maps) {
    for (size_t l = 0; l < map.layers; ++l) {
      include(map.mean[l]);
      include(map.mean[l] + map.error[l]);
    }
    for (const auto& [name, values] : map.controls) std::ranges::for_each(values, include);
  }
  return top > 0 ? round_up(top) : 1;
}

}  // namespace

Figure quadrature_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto plan = std::make_shared<Plan>();
  std::vector<std::string> titles;
  plan->heat_width = 220;
  for (const auto& probe : probes) {
    const auto& map = plan->maps.emplace_back(quadrature_map(probe));
    titles.push_back(map.about.title);
    plan->heat_width = std::max(plan->heat_width, heat_width(map));
  }
  plan->colours = colour_scales(plan->maps, options.scale);
  plan->top = layers_top(plan->maps);
  plan->parts = quadrature_parts(probes, is_separate(options.scale));
  plan->ranges =
      std::ranges::none_of(plan->maps, [](const auto& map) { return map.ranges.empty(); });
  double most = 0;
  for (const auto& map : plan->maps) {
    for (const double share : finite_values(map.by_range)) most = std::max(most, share);
  }
  if (most > 0) plan->range_top = round_up(most);
  plan->caption = Caption(caption_text(*plan), plan->width() - kLeft - 20);
  return {fmt::format("Quadrature share of {}", fmt::join(titles, ", ")),
          {plan->width(), plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
