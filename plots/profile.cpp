#include "plots/profile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/panels.hpp"
#include "plots/profile_lines.hpp"
#include "plots/usage_panel.hpp"

namespace ww {

namespace {

constexpr double kLeft = 60, kTop = 14, kTitle = 24, kHeads = 18, kMarkRow = 12, kRight = 20;
constexpr double kPanel = 360, kHeight = 210, kBetween = 26, kOwnAxis = 62, kAxis = 46;
constexpr std::array kSides = {"query", "key"};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// One file: its map, errors over texts, and the sizes of its twin with random parameters, for
/// each side.
struct File {
  UsageMap map;
  std::array<std::vector<double>, 2> error;  // [L, F]; empty: the file has none
  std::array<std::vector<double>, 2> twin;   // [L, F]; empty: the file has none

  const std::vector<double>& norms(size_t side) const { return side == 0 ? map.query : map.key; }
};

/// The control "init" of a side.
std::vector<double> twin_of(const NamedProbe& probe, const UsageMap& map, const std::string& name) {
  const auto names = probe.file.strings.find("control/control");
  const auto* const values = find_array(probe, "control/" + name);
  if (values == nullptr || names == probe.file.strings.end()) return {};
  const auto found = std::ranges::find(names->second, "init");
  const auto size = map.layers * map.frequencies;
  const auto start = static_cast<size_t>(found - names->second.begin()) * size;
  if (found == names->second.end() || values->values.size() < start + size) return {};
  const auto first = values->values.begin() + static_cast<std::ptrdiff_t>(start);
  return {first, first + static_cast<std::ptrdiff_t>(size)};
}

File file_of(const NamedProbe& probe, std::optional<size_t> layer) {
  File file{usage_map(probe), {}, {}};
  check_there(probe, "layer", layer, file.map.layers);
  for (size_t side = 0; side < 2; ++side) {
    const std::string name = kSides[side];
    const auto* const error = find_array(probe, name + "_norm_se");
    if (error != nullptr && error->values.size() == file.norms(side).size()) {
      file.error[side] = error->values;
    }
    file.twin[side] = twin_of(probe, file.map, name + "_norm_mean");
  }
  return file;
}

struct Plan {
  std::vector<File> files;
  FrequencyAxis axis;
  std::optional<size_t> layer;
  ColourSharing scale = ColourSharing::linear;
  std::vector<LengthMark> marks;
  Legend legend{{}, 0};
  Caption caption = {};

  double mark_rows() const {
    size_t rows = 0;
    for (const auto& mark : marks) rows = std::max(rows, mark.row + 1);
    return static_cast<double>(rows);
  }
  double pitch() const { return kPanel + (is_separate(scale) ? kOwnAxis : kBetween); }
  double legend_height() const { return files.size() > 1 ? legend.height() + 6 : 0; }
  double panel_top() const {
    return kTop + kTitle + legend_height() + kHeads + mark_rows() * kMarkRow;
  }
  double width() const { return kLeft + pitch() + kPanel + kRight; }
  double height() const { return panel_top() + kHeight + kAxis + caption.height() + kTop; }
};

/// The lines of a file on one side: by wavelength one for each set of layers that agree.
std::vector<ProfileLine> lines_of(const Plan& plan, size_t index, size_t side, bool twin) {
  const auto& file = plan.files[index];
  const auto& values = twin ? file.twin[side] : file.norms(side);
  std::vector<ProfileLine> lines;
  if (values.empty()) return lines;
  const Stroke stroke = twin ? Stroke{.colour = kQuiet, .width = 1.4, .dash = {1.5, 3}}
                             : Stroke{.colour = line_colour(index), .width = 1.7};
  const std::string name = twin ? std::string(kSides[side]) + "-init" : kSides[side];
  if (plan.layer) {
    const auto value = [&file, &values, side, twin, l = *plan.layer](size_t f) {
      const auto& error = file.error[side];
      const size_t at = file.map.at(l, f);
      return MeanOverLayers{values[at], twin || error.empty() ? kNone : error[at]};
    };
    return {{file.map, plan.axis, *plan.layer, value, stroke, name}};
  }
  for (const auto& set : profile_sets(file.map, plan.axis)) {
    const auto value = [&file, &values, set, twin](size_t f) {
      auto mean = mean_over_layers(file.map, values, set, f);
      if (twin) mean.standard_error = kNone;
      return mean;
    };
    lines.push_back({file.map, plan.axis, set.front(), value, stroke, name});
  }
  return lines;
}

/// A twin would be one line too many among several files.
std::vector<ProfileLine> all_lines(const Plan& plan, size_t side) {
  std::vector<ProfileLine> lines;
  for (size_t i = 0; i < plan.files.size(); ++i) {
    for (const bool twin : {true, false}) {
      if (twin && plan.files.size() > 1) continue;
      for (auto& line : lines_of(plan, i, side, twin)) lines.push_back(std::move(line));
    }
  }
  return lines;
}

Scale scale_of(const Plan& plan, const std::vector<size_t>& sides, const Box& box) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const size_t side : sides) {
    for (const auto& line : all_lines(plan, side)) {
      for (size_t f = 0; f < line.map.frequencies; ++f) {
        const auto value = line.value(f);
        if (std::isnan(value.mean)) continue;
        const double error = std::isnan(value.standard_error) ? 0 : value.standard_error;
        high = std::max(high, value.mean + error);
        if (value.mean - error > 0) low = std::min(low, value.mean - error);
      }
    }
  }
  const bool log = is_log(plan.scale) && low < high;
  high = high > 0 ? (log ? 1.1 * high : round_up(high)) : 1;
  return {.low = log ? low / 1.1 : 0, .high = high, .from = box.bottom(), .to = box.y, .log = log};
}

void draw_panel(Canvas& canvas, const Plan& plan, size_t side) {
  const Group group(canvas, "profile");
  const Box box{
      kLeft + static_cast<double>(side) * plan.pitch(), plan.panel_top(), kPanel, kHeight};
  const bool separate = is_separate(plan.scale);
  const auto y = scale_of(plan, separate ? std::vector{side} : std::vector<size_t>{0, 1}, box);
  const double labels = box.y - plan.mark_rows() * kMarkRow;
  canvas.text({box.x, labels - 6}, side == 0 ? "Queries" : "Keys", {.size = 12, .bold = true});
  if (side == 0 || separate) {
    draw_y_axis(canvas, box, y, {.label = "mean norm", .grid = true, .label_gap = 42});
  } else {
    for (const double value : ticks_of(y)) {
      canvas.line({box.x, y(value)}, {box.right(), y(value)}, {kFaint});
    }
  }
  canvas.line({box.x, box.bottom()}, {box.x + plan.axis.main_width(), box.bottom()}, {kQuiet});
  draw_length_marks(canvas, plan.marks, box.x, labels - 3, {box}, kQuiet);
  for (const auto& line : all_lines(plan, side)) draw_profile_line(canvas, box, y, line);
  plan.axis.draw(canvas, plan.files.front().map, box);
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  const bool many = plan.files.size() > 1;
  const auto& title = plan.files.front().map.title;
  canvas.text({kLeft, kTop + 13}, many ? "Frequency usage" : title, {.size = 13, .bold = true});
  if (many) plan.legend.draw(canvas, {kLeft, kTop + kTitle});
  for (size_t side = 0; side < 2; ++side) draw_panel(canvas, plan, side);
  plan.caption.draw(canvas, {kLeft, plan.height() - plan.caption.height() - kTop});
}

std::string caption_text(const Plan& plan) {
  std::string text;
  for (const auto& file : plan.files) text += about_note(file.map) + " ";
  text += "Mean norm of queries and keys at each frequency, before rotation; ";
  text += plan.layer ? fmt::format("layer {}, band: \u00b11 standard error over texts (jackknife).",
                                   *plan.layer)
                     : "mean over heads and layers, band: \u00b11 standard error over layers.";
  if (plan.files.size() > 1)
    text += " Vertical lines have the colour of their file; grey ones belong to several files.";
  if (plan.files.size() == 1 && !plan.files[0].twin[0].empty()) {
    text +=
        " Dotted grey: the control init, a model of the same architecture with random parameters, "
        "which are not those that its training started from.";
  }
  return text;
}

/// Marks of several files in the colours of their lines; those that files share stay grey.
std::vector<LengthMark> coloured_marks(const std::vector<UsageMap>& maps,
                                       const FrequencyAxis& axis) {
  auto marks = length_marks(maps, axis);
  if (maps.size() == 1) return marks;
  for (auto& mark : marks) {
    for (size_t i = 0; i < maps.size(); ++i) {
      const auto own = length_marks({maps[i]}, axis);
      if (std::ranges::find(own, mark.label, &LengthMark::label) == own.end()) continue;
      mark.own = mark.own ? kQuiet : line_colour(i);
    }
  }
  return marks;
}

}  // namespace

Figure profile_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<File> files;
  std::vector<UsageMap> maps;
  std::vector<Legend::Entry> entries;
  std::vector<std::string> titles;
  for (const auto& probe : probes) {
    files.push_back(file_of(probe, options.layer));
    maps.push_back(files.back().map);
    titles.push_back(maps.back().title);
    entries.emplace_back(titles.back(), line_colour(entries.size()));
  }
  const FrequencyAxis axis(options.axis, maps, kPanel);
  const auto plan = std::make_shared<Plan>(Plan{.files = std::move(files),
                                                .axis = axis,
                                                .layer = options.layer,
                                                .scale = options.scale,
                                                .marks = coloured_marks(maps, axis)});
  plan->legend = {std::move(entries), 2 * kPanel};
  plan->caption = Caption(caption_text(*plan), plan->width() - kLeft - kRight);
  return {fmt::format("Frequency usage of {}", fmt::join(titles, ", ")),
          {plan->width(), plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
