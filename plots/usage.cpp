#include "plots/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "plots/colour_scale.hpp"
#include "plots/grid.hpp"
#include "plots/profile_lines.hpp"
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

/// What a file's two panels show: queries, keys.
using Panels = std::array<UsageMap, 2>;

const std::vector<double>& values_of(const Panels& panels, size_t side) {
  return side == 0 ? panels[0].query : panels[1].key;
}

/// The figure's whole plan: made once, drawn on any canvas.
struct Plan {
  std::vector<Panels> files;
  std::vector<ColourScale> scales;  // two a file: queries, keys; equal where they share one
  FrequencyAxis axis;
  bool separate = false;
  double profile_top = 1;  // of the shared profile axis
  double mark_rows = 0;
  Caption caption = {};
  bool key_rows = false;  // the keys' rows are not the queries' and have numbers of their own

  double panel_pitch() const {
    return axis.width() + (separate   ? kToBar + kBar + kBarLabels + kLeft - 12
                           : key_rows ? kLeft
                                      : kBetween);
  }
  double width() const { return kLeft + panel_pitch() + axis.width() + kToBar + kBar + kBarLabels; }
  double file_height(const Panels& panels) const {
    return kTitle + kHeads + mark_rows * kMarkRow + heat_height(panels[0]) + kHeatToProfile +
           kProfile + kAxis;
  }
  double height() const {
    double sum = 2 * kTop + caption.height();
    for (const auto& panels : files) sum += file_height(panels) + kBetweenFiles;
    return sum;
  }
};

double panel_width(const std::vector<Panels>& files, AxisKind kind) {
  size_t most = 0;
  for (const auto& panels : files) most = std::max(most, panels[0].frequencies);
  if (kind == AxisKind::wavelength || files.size() > 1) return 330;
  return std::clamp(44.0 * static_cast<double>(most), 210.0, 330.0);
}

std::vector<ColourScale> colour_scales(const std::vector<Panels>& files, ColourSharing kind) {
  std::vector<ColourScale> scales;
  std::vector<double> all;
  for (const auto& panels : files) {
    for (size_t side = 0; side < 2; ++side) {
      const auto& values = values_of(panels, side);
      if (is_separate(kind)) scales.push_back(colour_scale(values, is_log(kind)));
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  if (scales.empty()) scales.assign(2 * files.size(), colour_scale(all, is_log(kind)));
  return scales;
}

double profile_top(const std::vector<Panels>& files, const FrequencyAxis& axis) {
  double top = 0;
  for (const auto& panels : files) {
    for (size_t side = 0; side < 2; ++side) {
      top = std::max(top, profile_peak(panels[side], values_of(panels, side), axis));
    }
  }
  return top > 0 ? round_up(top) : 1;
}

std::string clip_note(const ColourScale& scale) {
  return scale.above == 0 ? ""
                          : fmt::format(
                                " The colour scale ends at {:.3g} (99.5th percentile); {} cell{} "
                                "above it, at most {:.3g}.",
                                scale.high,
                                scale.above,
                                scale.above == 1 ? " is" : "s are",
                                scale.most);
}

bool has_holes(const Panels& panels) {
  const auto missing = [](double value) { return std::isnan(value); };
  return std::ranges::any_of(values_of(panels, 0), missing) ||
         std::ranges::any_of(values_of(panels, 1), missing);
}

std::string caption_text(const Plan& plan, ColourSharing kind, std::optional<size_t> layer) {
  std::string text;
  for (const auto& panels : plan.files) text += about_note(panels[0]) + " ";
  text += "Mean norm of queries and keys at each frequency, before rotation; ";
  text += layer ? fmt::format("layer {}. Below the maps: mean over heads", *layer)
                : "mean over heads. Below the maps: mean over layers";
  const bool many =
      std::ranges::any_of(plan.files, [](const auto& panels) { return panels[0].layers > 1; });
  text += !many ? "."
                : fmt::format(" with \u00b11 standard error over {}.", layer ? "heads" : "layers");
  text +=
      is_separate(kind) ? " Each map has its own colour scale." : clip_note(plan.scales.front());
  if (is_log(kind)) text += " The colour scale is logarithmic; the axes of the curves are linear.";
  if (std::ranges::any_of(plan.files, has_holes)) text += " Grey: no value.";
  const auto still = [](const auto& panels) {
    return std::ranges::count(panels[0].rotated, false) > 0;
  };
  if (std::ranges::any_of(plan.files, still)) text += " Hatched: layers without rotation.";
  return text;
}

void draw_panel(Canvas& canvas, const Plan& plan, size_t index, size_t side, Point corner) {
  const auto& panels = plan.files[index];
  const auto& map = panels[side];
  const auto& scale = plan.scales[2 * index + side];
  const double top = corner.y + kHeads + plan.mark_rows * kMarkRow;
  const Box heat{corner.x, top, plan.axis.width(), heat_height(panels[0])};
  const Box profile{corner.x, heat.bottom() + kHeatToProfile, heat.width, kProfile};
  const bool outer = side == 0 || plan.separate;
  canvas.text(
      {corner.x, corner.y + 12}, side == 0 ? "Queries" : "Keys", {.size = 12, .bold = true});
  const UsagePanel panel{map, values_of(panels, side), plan.axis, scale, outer};
  panel.draw_heat(canvas, heat, side == 0 ? "query" : "key");
  if (outer || plan.key_rows) draw_row_numbers(canvas, heat, map.layers, map.row);
  const double peak = plan.separate ? profile_peak(map, values_of(panels, side), plan.axis) : 0;
  panel.draw_profile(canvas,
                     profile,
                     {.low = 0,
                      .high = peak > 0 ? round_up(peak) : plan.profile_top,
                      .from = profile.bottom(),
                      .to = profile.y});
  draw_length_marks(
      canvas, length_marks({map}, plan.axis), corner.x, corner.y + kHeads - 4, {heat, profile});
  plan.axis.draw(canvas, map, profile);
  if (side == 0 && !plan.separate) return;
  const Box bar{heat.right() + kToBar, heat.y, kBar, heat.height};
  canvas.text({bar.x, corner.y + 12}, "Mean norm", {.size = 11, .bold = true});
  draw_colour_bar(canvas, bar, scale);
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const Group group(canvas, "file");
    canvas.text({kLeft, y + 13}, plan.files[i][0].title, {.size = 13, .bold = true});
    draw_panel(canvas, plan, i, 0, {kLeft, y + kTitle});
    draw_panel(canvas, plan, i, 1, {kLeft + plan.panel_pitch(), y + kTitle});
    y += plan.file_height(plan.files[i]) + kBetweenFiles;
  }
  plan.caption.draw(canvas, {kLeft, y - kBetweenFiles / 2});
}

std::vector<UsageMap> first_maps(const std::vector<Panels>& files) {
  std::vector<UsageMap> maps;
  for (const auto& panels : files) maps.push_back(panels[0]);
  return maps;
}

Figure figure_of(std::vector<Panels> files,
                 const FigureOptions& options,
                 std::optional<size_t> layer) {
  check(!files.empty(), "no probe file was given; there is nothing to draw");
  FrequencyAxis axis(options.axis, first_maps(files), panel_width(files, options.axis));
  auto scales = colour_scales(files, options.scale);
  const auto plan = std::make_shared<Plan>(Plan{.files = std::move(files),
                                                .scales = std::move(scales),
                                                .axis = axis,
                                                .separate = is_separate(options.scale)});
  plan->profile_top = profile_top(plan->files, axis);
  std::vector<std::string> titles;
  for (const auto& panels : plan->files) {
    for (const auto& mark : length_marks({panels[0]}, plan->axis)) {
      plan->mark_rows = std::max(plan->mark_rows, static_cast<double>(mark.row + 1));
    }
    plan->key_rows = plan->key_rows || panels[0].layers != panels[1].layers;
    titles.push_back(panels[0].title);
  }
  plan->caption = Caption(caption_text(*plan, options.scale, layer), plan->width() - kLeft - 20);
  const auto of = layer ? fmt::format(" in layer {}", *layer) : "";
  return {fmt::format("Frequency usage{} of {}", of, fmt::join(titles, ", ")),
          {plan->width(), plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace

Figure usage_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<Panels> files;
  for (const auto& probe : probes) {
    const auto map = usage_map(probe);
    files.push_back({map, map});
  }
  return figure_of(std::move(files), options, std::nullopt);
}

Figure usage_heads_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const size_t layer = options.layer.value_or(0);
  std::vector<Panels> files;
  for (const auto& probe : probes) {
    files.push_back({head_map(probe, layer, false), head_map(probe, layer, true)});
  }
  return figure_of(std::move(files), options, layer);
}

}  // namespace ww
