#include "plots/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "plots/colour_scale.hpp"
#include "plots/usage_panel.hpp"

namespace ww {

namespace {

constexpr double kLeft = 56;  // layer numbers and labels
constexpr double kTop = 14;
constexpr double kTitle = 22;    // a file's title
constexpr double kHeads = 18;    // "Queries", "Keys"
constexpr double kMarkRow = 12;  // one label of a mark
constexpr double kBetween = 22;  // panels
constexpr double kToBar = 16, kBar = 12, kBarLabels = 68;
constexpr double kHeatToProfile = 12, kProfile = 60, kAxis = 38, kBetweenFiles = 16;
constexpr double kCaptionSize = 10, kCaptionLine = 14;

/// The figure's whole plan: made once, drawn on any canvas.
struct Plan {
  std::vector<UsageMap> maps;
  std::vector<ColourScale> scales;  // two a map: queries, keys; equal where they share one
  FrequencyAxis axis;
  bool separate = false;
  double profile_top = 1;  // of the shared profile axis
  double mark_rows = 0;
  std::vector<std::string> caption;

  double panel_pitch() const {
    return axis.width() + (separate ? kToBar + kBar + kBarLabels + kLeft - 12 : kBetween);
  }
  double width() const { return kLeft + panel_pitch() + axis.width() + kToBar + kBar + kBarLabels; }
  double file_height(const UsageMap& map) const {
    return kTitle + kHeads + mark_rows * kMarkRow + heat_height(map) + kHeatToProfile + kProfile +
           kAxis;
  }
  double height() const {
    double sum = 2 * kTop + kCaptionLine * static_cast<double>(caption.size());
    for (const auto& map : maps) sum += file_height(map) + kBetweenFiles;
    return sum;
  }
};

double panel_width(const std::vector<UsageMap>& maps, AxisKind kind) {
  size_t most = 0;
  for (const auto& map : maps) most = std::max(most, map.frequencies);
  if (kind == AxisKind::wavelength || maps.size() > 1) return 330;
  return std::clamp(44.0 * static_cast<double>(most), 210.0, 330.0);
}

std::vector<ColourScale> colour_scales(const std::vector<UsageMap>& maps, ColourSharing kind) {
  std::vector<ColourScale> scales;
  std::vector<double> all;
  for (const auto& map : maps) {
    for (const auto* values : {&map.query, &map.key}) {
      if (kind == ColourSharing::separate) scales.push_back(colour_scale(*values, false));
      all.insert(all.end(), values->begin(), values->end());
    }
  }
  if (scales.empty()) scales.assign(2 * maps.size(), colour_scale(all, kind == ColourSharing::log));
  return scales;
}

double profile_top(const std::vector<UsageMap>& maps, const FrequencyAxis& axis) {
  double top = 0;
  for (const auto& map : maps) {
    for (const auto* values : {&map.query, &map.key})
      top = std::max(top, profile_peak(map, *values, axis));
  }
  return top > 0 ? round_up(top) : 1;
}

std::string text_note(const UsageMap& map) {
  std::string note = map.title;
  if (map.texts > 0) {
    note += fmt::format(": {} text{}, {} tokens, the longest {}",
                        with_commas(map.texts),
                        map.texts == 1 ? "" : "s",
                        with_commas(map.tokens),
                        with_commas(map.longest_text));
  }
  if (!map.averaging.empty()) note += fmt::format("; averages: {}", map.averaging);
  return note + ".";
}

std::string clip_note(const ColourScale& scale) {
  return scale.above == 0 ? ""
                          : fmt::format(
                                " Colours end at {:.3g} (99.5 % of the cells); {} cell{} "
                                "above it, up to {:.3g}.",
                                scale.high,
                                scale.above,
                                scale.above == 1 ? " is" : "s are",
                                scale.most);
}

std::string caption_text(const Plan& plan, ColourSharing kind) {
  std::string text;
  for (const auto& map : plan.maps) text += text_note(map) + " ";
  text +=
      "Mean norm of queries and keys at each frequency, before rotation; heads are averaged. "
      "Beneath: mean over layers";
  const bool many = std::any_of(
      plan.maps.begin(), plan.maps.end(), [](const auto& map) { return map.layers > 1; });
  text += many ? " with \u00b11 standard error over layers." : ".";
  text += kind == ColourSharing::separate ? " Each map has colours of its own."
                                          : clip_note(plan.scales.front());
  const bool holes = std::any_of(plan.maps.begin(), plan.maps.end(), [](const auto& map) {
    const auto missing = [](double value) { return std::isnan(value); };
    return std::any_of(map.query.begin(), map.query.end(), missing) ||
           std::any_of(map.key.begin(), map.key.end(), missing);
  });
  if (holes) text += " Grey: no value.";
  return text;
}

void draw_file(Canvas& canvas, const Plan& plan, size_t index, double top) {
  const auto& map = plan.maps[index];
  const Group group(canvas, "file");
  canvas.text({kLeft, top + 13}, map.title, {.size = 13, .bold = true});
  const double heads = top + kTitle, panels = heads + kHeads + plan.mark_rows * kMarkRow;
  for (size_t side = 0; side < 2; ++side) {
    const double x = kLeft + static_cast<double>(side) * plan.panel_pitch();
    const auto& scale = plan.scales[2 * index + side];
    const Box heat{x, panels, plan.axis.width(), heat_height(map)};
    const Box profile{x, heat.bottom() + kHeatToProfile, heat.width, kProfile};
    const bool outer = side == 0 || plan.separate;
    canvas.text({x, heads + 12}, side == 0 ? "Queries" : "Keys", {.size = 12, .bold = true});
    const UsagePanel panel{map, side == 0 ? map.query : map.key, plan.axis, scale, outer};
    panel.draw_heat(canvas, heat, side == 0 ? "query" : "key");
    panel.draw_profile(canvas, profile, plan.separate ? 0 : plan.profile_top);
    panel.draw_marks(canvas, heat, profile, heads + kHeads - 4);
    plan.axis.draw(canvas, map, profile);
    if (side == 1 || plan.separate) {
      const Box bar{heat.right() + kToBar, heat.y, kBar, heat.height};
      canvas.text({bar.x, heads + 12}, "Mean norm [1]", {.size = 11, .bold = true});
      draw_colour_bar(canvas, bar, scale);
    }
  }
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (size_t i = 0; i < plan.maps.size(); ++i) {
    draw_file(canvas, plan, i, y);
    y += plan.file_height(plan.maps[i]) + kBetweenFiles;
  }
  for (const auto& line : plan.caption) {
    y += kCaptionLine;
    canvas.text(
        {kLeft, y - kBetweenFiles / 2}, line, {.size = kCaptionSize, .colour = {0x44, 0x44, 0x44}});
  }
}

}  // namespace

Figure usage_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  check(!probes.empty(), "no probe file was given; there is nothing to draw");
  std::vector<UsageMap> maps;
  for (const auto& probe : probes) maps.push_back(usage_map(probe));
  FrequencyAxis axis(options.axis, maps, panel_width(maps, options.axis));
  auto scales = colour_scales(maps, options.scale);
  const auto plan =
      std::make_shared<Plan>(Plan{.maps = std::move(maps),
                                  .scales = std::move(scales),
                                  .axis = axis,
                                  .separate = options.scale == ColourSharing::separate,
                                  .caption = {}});
  plan->profile_top = profile_top(plan->maps, axis);
  for (const auto& map : plan->maps) {
    const auto rows = static_cast<double>(length_marks(map, plan->axis).size());
    plan->mark_rows = std::max(plan->mark_rows, rows);
  }
  plan->caption =
      wrap_text(caption_text(*plan, options.scale), plan->width() - kLeft - 20, kCaptionSize);
  std::vector<std::string> titles;
  for (const auto& map : plan->maps) titles.push_back(map.title);
  return {fmt::format("Frequency usage of {}", fmt::join(titles, ", ")),
          {plan->width(), plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
