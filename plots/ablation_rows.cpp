#include "plots/ablation_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "plots/colours.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kName = 20, kTitle = 30, kBelow = 40;  // pixels above and below the panels
constexpr double kBars = 300, kBetween = 40;
constexpr double kToBar = 12, kBar = 10, kBarLabels = 96;  // its title is wider than its numbers
constexpr double kWantedHeight = 360, kWantedHeads = 230, kWantedBands = 200;
constexpr double kThick = 0.74;  // of a layer's row, bar and controls

double cell_height(size_t layers) {
  return std::round(std::clamp(kWantedHeight / static_cast<double>(layers), 10.0, 26.0));
}

double map_width(const LossHeatmap& map) {
  const auto columns = static_cast<double>(map.table.columns.size());
  const double cell = map.heads ? std::clamp(kWantedHeads / columns, 9.0, 34.0)
                                : std::clamp(kWantedBands / columns, 38.0, 72.0);
  return columns * std::round(cell);
}

/// Whether a bar of colours stands to the right of the map.
bool ends_with_bar(const LossRow& row, size_t map) {
  return row.own_colours || map + 1 == row.maps.size();
}

/// The same table with a control's losses, which have no intervals.
LossTable control_of(const LossTable& bands, double LossBar::*control) {
  LossTable table{bands.columns, {}};
  for (const auto& cell : bands.cells) {
    table.cells.push_back({.intervention = cell.intervention, .value = cell.*control});
  }
  return table;
}

void add_map(LossRow& row, LossHeatmap map) {
  const auto known = [](const auto& cell) { return std::isfinite(cell.value); };
  if (std::ranges::any_of(map.table.cells, known)) row.maps.push_back(std::move(map));
}

/// The bars of all layers, each from zero to the right, or to the left where the loss falls.
class LayerBars {
 public:
  LayerBars(Canvas& canvas, const LossRow& row, const Box& box)
      : canvas_(canvas),
        row_(row),
        box_(box),
        x_(row.range.scale(box.x, box.right())),
        pitch_(box.height / static_cast<double>(row.losses.layers)) {
    double units = 1;
    for (const auto& bar : row.losses.bands.cells) units = std::max(units, units_of(bar));
    unit_ = kThick * pitch_ / units;
  }

  void draw() {
    const Group group(canvas_, "panel");
    canvas_.text({box_.x, box_.y - 8}, "layer by layer", {.size = 11.5, .bold = true});
    draw_x_axis(
        canvas_, box_, x_, {.label = "\u0394 loss [nat/prediction]", .ticks = 4, .grid = true});
    for (size_t l = 0; l < row_.losses.layers; ++l) draw_layer(l);
    canvas_.line({x_(0), box_.y}, {x_(0), box_.bottom()}, {.colour = kInk});
    draw_row_numbers(canvas_, box_, row_.losses.layers, "layer");
  }

 private:
  static double units_of(const LossBar& bar) {
    return 1 + kControlWidth * (std::isfinite(bar.random) + std::isfinite(bar.matched));
  }

  void draw_layer(size_t layer) {
    const auto& bar = row_.losses.bands.cells[layer];
    if (!std::isfinite(bar.value)) return;
    double y = box_.y + (static_cast<double>(layer) + 0.5) * pitch_ - unit_ * units_of(bar) / 2;
    for (const auto& [what, value, fill, thick] :
         {std::tuple{"delta-loss", bar.value, line_colour(bar.intervention), 1.0},
          {"random", bar.random, kRandomControl, kControlWidth},
          {"matched", bar.matched, kMatchedControl, kControlWidth}}) {
      if (!std::isfinite(value)) continue;
      const double from = std::min(x_(0), x_(value)), to = std::max(x_(0), x_(value));
      canvas_.rect({from, y, to - from, thick * unit_},
                   fill,
                   loss_meaning(what, row_.losses.intervention, layer, value, bar));
      y += thick * unit_;
    }
    const double top = box_.y + (static_cast<double>(layer) + 0.5) * pitch_;
    draw_interval(top - unit_ * (units_of(bar) - 1) / 2, bar);
  }

  void draw_interval(double y, const LossBar& bar) {
    if (!std::isfinite(bar.low) || !std::isfinite(bar.high)) return;
    const Stroke stroke{.colour = kInk, .width = 1.1};
    const double cap = std::min(2.5, unit_ / 3);
    canvas_.line({x_(bar.low), y}, {x_(bar.high), y}, stroke);
    for (const double end : {bar.low, bar.high}) {
      canvas_.line({x_(end), y - cap}, {x_(end), y + cap}, stroke);
    }
  }

  Canvas& canvas_;
  const LossRow& row_;
  Box box_;
  Scale x_;
  double pitch_ = 1, unit_ = 1;  // of a layer, of its bar, pixels
};

void draw_cell(Canvas& canvas, const LossRow& row, const LossHeatmap& map, size_t i, Box box) {
  const auto& cell = map.table.cells[i];
  const size_t columns = map.table.columns.size(), column = i % columns;
  const bool unsure = std::isfinite(cell.value) && cell.low <= 0 && cell.high >= 0;
  auto meaning = loss_meaning(map.what, row.losses.intervention, i / columns, cell.value, cell);
  const auto* const kind = map.heads ? "head" : "band";
  meaning.title = fmt::format("{} {}: {}", kind, map.table.columns[column], meaning.title);
  meaning.data.emplace_back(kind, fmt::format("{}", column));
  meaning.data.emplace_back("unsure", unsure ? "yes" : "no");
  const auto fill = map.scale(cell.value);
  canvas.rect(box, fill, meaning);
  if (unsure) hatch(canvas, box, contrast(fill));
}

void draw_map(Canvas& canvas, const LossRow& row, size_t index, Point corner) {
  const Group group(canvas, "heatmap");
  const auto& map = row.maps[index];
  const size_t layers = row.losses.layers, columns = map.table.columns.size();
  const Box box{
      corner.x, corner.y, map_width(map), cell_height(layers) * static_cast<double>(layers)};
  canvas.text({box.x, box.y - 8}, map.title, {.size = 11.5, .bold = true});
  for (size_t i = 0; i < map.table.cells.size(); ++i) {
    draw_cell(canvas, row, map, i, cell_of(box, layers, columns, i / columns, i % columns));
  }
  canvas.frame(box, {.colour = kFaint});
  draw_row_numbers(canvas, box, layers, index == 0 && !row.has_bars() ? "layer" : "");
  if (map.heads) {
    draw_column_numbers(canvas, box, columns, "head");
  } else {
    draw_column_names(canvas, box, map.table.columns, "band of wavelengths (tokens)");
  }
  if (!ends_with_bar(row, index)) return;
  const Box bar{box.right() + kToBar, box.y, kBar, box.height};
  canvas.text({bar.x, box.y - 19}, "\u0394 loss [nat/prediction]", {.size = 10, .bold = true});
  draw_colour_bar(canvas, bar, map.scale);
}

}  // namespace

std::vector<double> LossHeatmap::values() const {
  std::vector<double> values;
  for (const auto& cell : table.cells) values.push_back(cell.value);
  return values;
}

double LossRow::width() const {
  double sum = has_bars() ? kBars + kBetween : 0;
  for (size_t i = 0; i < maps.size(); ++i) {
    sum += map_width(maps[i]) + (ends_with_bar(*this, i) ? kToBar + kBar + kBarLabels : kBetween);
  }
  return sum;
}

double LossRow::height() const {
  return kName + kTitle + cell_height(losses.layers) * static_cast<double>(losses.layers) + kBelow;
}

LossRow loss_row(LayerLosses losses) {
  LossRow row{std::move(losses), {}, {}};
  const auto& bands = row.losses.bands;
  if (row.has_bars()) {
    for (const auto& bar : bands.cells) row.range.include(bar);
  } else {
    add_map(row, {"band-loss", "by band", false, bands, {}});
    add_map(row, {"random", "random chunks", false, control_of(bands, &LossBar::random), {}});
    add_map(row, {"matched", "nearest usage", false, control_of(bands, &LossBar::matched), {}});
  }
  add_map(row, {"head-loss", "by head", true, row.losses.heads, {}});
  return row;
}

void draw_loss_row(Canvas& canvas, const LossRow& row, Point corner) {
  const Group group(canvas, "intervention");
  canvas.text({corner.x, corner.y + 13}, row.losses.intervention, {.size = 12.5, .bold = true});
  Point at{corner.x, corner.y + kName + kTitle};
  if (row.has_bars()) {
    const auto layers = row.losses.layers;
    LayerBars(canvas, row, {at.x, at.y, kBars, cell_height(layers) * static_cast<double>(layers)})
        .draw();
    at.x += kBars + kBetween;
  }
  for (size_t i = 0; i < row.maps.size(); ++i) {
    draw_map(canvas, row, i, at);
    at.x +=
        map_width(row.maps[i]) + (ends_with_bar(row, i) ? kToBar + kBar + kBarLabels : kBetween);
  }
}

}  // namespace ww
