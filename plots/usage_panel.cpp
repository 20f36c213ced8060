#include "plots/usage_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/profile_lines.hpp"

namespace ww {

namespace {

constexpr double kMarkSize = 10, kMarkRow = 12;
// The critical band of Oka et al. has theta = x* / L, x* = argmax 1/2 + sin(2x)/4x - (sin(x)/x)^2.
constexpr double kCriticalTurns = 2 * std::numbers::pi / 3.657210;  // its wavelength over L

/// "key head" -> "key-head": an attribute's name has no blanks.
std::string dashed(std::string name) {
  std::ranges::replace(name, ' ', '-');
  return name;
}

Meaning cell_meaning(
    const UsageMap& map, const std::string& name, size_t layer, size_t frequency, double value) {
  const double wavelength = map.wavelength[map.at(layer, frequency)];
  const auto number = std::isnan(value) ? std::string("NaN") : fmt::format("{:.9g}", value);
  return {fmt::format("{}, {} {}, frequency {}, wavelength {:.4g}: {}",
                      name,
                      map.row,
                      layer,
                      frequency,
                      wavelength,
                      std::isnan(value) ? "no value" : fmt::format("{:.4g}", value)),
          {{"map", name},
           {dashed(map.row), fmt::format("{}", layer)},
           {"frequency", fmt::format("{}", frequency)},
           {"value", number}}};
}

/// The first `left` labels stand left of their lines, the others right, each in a row of its own
/// where it would cover a line: what is nearer to the middle begins higher. False: one has no room.
bool arrange(std::vector<LengthMark>& marks, size_t left, double width) {
  for (size_t i = 0; i < marks.size(); ++i) {
    const double length = text_width(marks[i].label, kMarkSize) + 6;
    const bool ends = i < left;
    if (ends ? marks[i].x < length : marks[i].x + length > width) return false;
    marks[i].anchor = ends ? Anchor::end : Anchor::start;
    marks[i].row = ends ? left - 1 - i : i - left;
  }
  return true;
}

/// In as few rows as there is room for.
void arrange(std::vector<LengthMark>& marks, double width) {
  std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  std::vector<size_t> splits(marks.size() + 1);
  std::iota(splits.begin(), splits.end(), 0);
  std::stable_sort(splits.begin(), splits.end(), [&](size_t a, size_t b) {
    return std::max(a, marks.size() - a) < std::max(b, marks.size() - b);
  });
  for (const size_t left : splits) {
    if (arrange(marks, left, width)) return;
  }
}

/// Lengths that stand there already are left out.
void add_marks(std::vector<LengthMark>& marks, const UsageMap& map, const FrequencyAxis& axis) {
  const auto add = [&](const char* what, int64_t tokens) {
    if (tokens <= 0) return;
    const auto x = axis.place(map, static_cast<double>(tokens));
    auto label = fmt::format("{} {}", what, with_commas(tokens));
    if (!x || std::ranges::find(marks, label, &LengthMark::label) != marks.end()) return;
    marks.push_back({std::move(label), *x, Anchor::start, 0, {}});
  };
  if (map.train_length == map.longest_text) {
    add("training length = longest text", map.train_length);
  } else {
    add("training length", map.train_length);
    add("longest text", map.longest_text);
  }
  add("critical band", std::llround(critical_wavelength(map.train_length)));
}

}  // namespace

double critical_wavelength(int64_t train_length) {
  return kCriticalTurns * static_cast<double>(train_length);
}

double heat_height(const UsageMap& map) {
  return row_height(map.layers) * static_cast<double>(map.layers);
}

std::vector<LengthMark> length_marks(const std::vector<UsageMap>& maps, const FrequencyAxis& axis) {
  std::vector<LengthMark> marks;
  for (const auto& map : maps) add_marks(marks, map, axis);
  arrange(marks, axis.width());
  return marks;
}

void draw_length_marks(Canvas& canvas,
                       const std::vector<LengthMark>& marks,
                       double left,
                       double label,
                       const std::vector<Box>& boxes,
                       Colour colour) {
  for (const auto& mark : marks) {
    const auto shown = mark.own.value_or(colour);
    const Stroke dashed{.colour = shown, .width = 1.2, .dash = {4, 3}};
    const double x = left + mark.x, y = label + kMarkRow * static_cast<double>(mark.row + 1);
    for (size_t i = 0; i < boxes.size(); ++i) {
      canvas.line({x, i == 0 ? y - 8 : boxes[i].y}, {x, boxes[i].bottom()}, dashed);
    }
    canvas.text({x + (mark.anchor == Anchor::end ? -4 : 4), y},
                mark.label,
                {.size = kMarkSize, .anchor = mark.anchor, .colour = shown});
  }
}

void UsagePanel::draw_cell(
    Canvas& canvas, const Box& box, const std::string& name, size_t l, size_t f) const {
  const auto column = axis.column(map, l, f);
  if (!column) return;
  const double value = values[map.at(l, f)];
  auto cell = cell_of(box, map.layers, 1, l, 0);
  cell.x += column->left;
  cell.width = column->right - column->left;
  canvas.rect(cell, scale(value), cell_meaning(map, name, l, f, value));
}

void UsagePanel::draw_heat(Canvas& canvas, const Box& box, const std::string& name) const {
  const Group group(canvas, "heatmap");
  for (size_t l = 0; l < map.layers; ++l) {
    for (size_t f = 0; f < map.frequencies; ++f) draw_cell(canvas, box, name, l, f);
    if (!map.rotated[l]) hatch(canvas, cell_of(box, map.layers, 1, l, 0));
  }
}

void UsagePanel::draw_profile(Canvas& canvas, const Box& box, const Scale& y) const {
  const Group group(canvas, "profile");
  canvas.line({box.x, box.bottom()}, {box.x + axis.main_width(), box.bottom()}, {kQuiet});
  if (axis.strip() < axis.width()) {
    canvas.line({box.x + axis.strip(), box.bottom()}, {box.right(), box.bottom()}, {kQuiet});
  }
  if (outer) {
    draw_y_axis(canvas,
                box,
                y,
                {.label = unit == "1" ? "mean" : fmt::format("mean [{}]", unit),
                 .ticks = 2,
                 .grid = true,
                 .label_gap = 38});
  } else {
    for (const double value : ticks_of(y, 2)) {
      canvas.line({box.x, y(value)}, {box.right(), y(value)}, {kFaint});
    }
  }
  const auto sets = profile_sets(map, axis);
  for (size_t i = 0; i < sets.size(); ++i) {
    const auto mean = [&](size_t f) { return mean_over_layers(map, values, sets[i], f); };
    draw_profile_line(
        canvas, box, y, {map, axis, sets[i].front(), mean, {line_colour(i), 1.5}, "profile"});
  }
}

}  // namespace ww
