#include "plots/delta.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "plots/colours.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kLeft = 74, kTop = 14, kTitle = 30, kRight = 92, kWidth = 520, kAxis = 40;
constexpr double kBetween = 3;  // layers
constexpr double kBetweenFiles = 18, kToBar = 16, kBar = 12, kBarHeight = 150, kMinBlock = 150;
constexpr double kWantedMap = 420, kMinRow = 5, kMaxRow = 22;
constexpr int kSteps = 96;  // colours of the bar
constexpr double kTurn = 2 * std::numbers::pi;

struct File {
  UsageMap map;  // for titles and frequencies
  Array delta;
  std::vector<size_t> layers;
  double span = kTurn;  // of the colours, rad; less than a turn where they are the file's own

  size_t heads() const { return delta.shape[1]; }
  double row() const {
    const auto rows = static_cast<double>(layers.size() * heads());
    return std::round(std::clamp(kWantedMap / rows, kMinRow, kMaxRow));
  }
  double layer_height() const { return row() * static_cast<double>(heads()); }
  double map_height() const {
    const auto count = static_cast<double>(layers.size());
    return count * layer_height() + (count - 1) * kBetween;
  }
  double height() const { return kTitle + std::max(map_height() + kAxis, kMinBlock + kAxis); }
};

struct Plan {
  std::vector<File> files;
  FrequencyAxis axis;
  Caption caption = {};

  double height() const {
    double sum = 2 * kTop + caption.height();
    for (const auto& file : files) sum += file.height() + kBetweenFiles;
    return sum;
  }
};

/// Once round, or where the colours are the file's own from white into blue.
Colour phase_colour(double delta, double span) {
  if (std::isnan(delta)) return kMissing;
  return span == kTurn ? cyclic(-delta / kTurn) : diverging(0.5 + 0.5 * delta / span);
}

File file_of(const NamedProbe& probe, std::optional<size_t> layer, bool own) {
  File file{usage_map(probe), array_of(probe, "per_head/pope_delta"), {}};
  check_there(probe, "layer", layer, file.map.layers);
  for (size_t l = 0; l < file.map.layers; ++l) {
    if (!layer || *layer == l) file.layers.push_back(l);
  }
  if (own) {
    const auto known = finite_values(file.delta.values);
    const double least = known.empty() ? 0 : std::ranges::min(known);
    if (least < 0) file.span = -least;
  }
  return file;
}

void draw_cell(Canvas& canvas, const File& file, const Box& box, size_t l, size_t h, size_t f) {
  const double delta = value_at(file.delta, {l, h, f});
  const double wavelength = file.map.wavelength[file.map.at(l, f)];
  // turned by delta, a key scores most where Delta theta = delta (mod 2 pi)
  const double offset = std::fmod(delta + kTurn, kTurn) * wavelength / kTurn;
  const auto best = std::isfinite(offset) ? fmt::format(", best offset {:.3g}", offset) : "";
  canvas.rect(box,
              phase_colour(delta, file.span),
              {fmt::format("layer {}, key head {}, frequency {}, wavelength {:.4g}: {:.4g} rad{}",
                           l,
                           h,
                           f,
                           wavelength,
                           delta,
                           best),
               {{"map", "delta"},
                {"layer", fmt::format("{}", l)},
                {"key-head", fmt::format("{}", h)},
                {"frequency", fmt::format("{}", f)},
                {"value", std::isnan(delta) ? "NaN" : fmt::format("{:.9g}", delta)}}});
}

/// One layer: a row a key head; the layer's number beside it.
void draw_layer(
    Canvas& canvas, const File& file, const FrequencyAxis& axis, const Box& box, size_t l) {
  for (size_t h = 0; h < file.heads(); ++h) {
    const auto row = cell_of(box, file.heads(), 1, h, 0);
    for (size_t f = 0; f < file.map.frequencies; ++f) {
      const auto column = axis.column(file.map, l, f);
      if (!column) continue;
      draw_cell(canvas,
                file,
                {row.x + column->left, row.y, column->right - column->left, row.height},
                l,
                h,
                f);
    }
    if (row.height < 11) continue;
    canvas.text({box.x - 6, row.y + row.height / 2 + 3},
                fmt::format("{}", h),
                {.size = 8.5, .anchor = Anchor::end, .colour = kQuiet});
  }
  const bool room = box.height >= 11 || l % 2 == 0;
  if (!room) return;
  canvas.text({box.x - 24, box.y + box.height / 2 + 3.5},
              fmt::format("{}", l),
              {.size = 10, .anchor = Anchor::end});
}

void draw_bar(Canvas& canvas, const Box& bar, double span) {
  const Group group(canvas, "colour-bar");
  canvas.text({bar.x, bar.y - 8}, "\u03b4 [rad]", {.size = 11, .bold = true});
  for (int i = 0; i < kSteps; ++i) {
    const auto box = cell_of(bar, kSteps, 1, static_cast<size_t>(i), 0);
    canvas.rect(box, phase_colour(-span * (i + 0.5) / kSteps, span));
  }
  canvas.frame(bar, {.colour = kFaint});
  const std::vector<std::string> labels = {
      "0", "\u2212\u03c0/2", "\u2212\u03c0", "\u22123\u03c0/2", "\u22122\u03c0"};
  for (size_t i = 0; i < labels.size(); ++i) {
    const double share = static_cast<double>(i) / 4;
    const bool turn = span == kTurn || i == 0;
    const auto label = turn ? labels[i] : fmt::format("\u2212{:.2g}", span * share);
    const double y = bar.y + bar.height * share;
    canvas.line({bar.right(), y}, {bar.right() + 3, y}, {kQuiet});
    canvas.text({bar.right() + 7, y + 3.5}, label, {.size = 10, .colour = kQuiet});
  }
}

void draw_file(Canvas& canvas, const Plan& plan, const File& file, double top) {
  const Group group(canvas, "file");
  canvas.text({kLeft, top + 13}, file.map.title, {.size = 13, .bold = true});
  const Box map{kLeft, top + kTitle, kWidth, file.map_height()};
  double y = map.y;
  for (const size_t l : file.layers) {
    const Group layer(canvas, "layer");
    draw_layer(canvas, file, plan.axis, {kLeft, y, kWidth, file.layer_height()}, l);
    y += file.layer_height() + kBetween;
  }
  const bool numbers = file.row() >= 11;
  canvas.text({kLeft - 46, map.y + map.height / 2},
              numbers ? "layer, key head" : "layer",
              {.size = 11, .anchor = Anchor::middle, .angle = -90});
  plan.axis.draw(canvas, file.map, map);
  draw_bar(canvas,
           {map.right() + kToBar, map.y, kBar, std::max(kBarHeight, std::min(map.height, 260.0))},
           file.span);
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (const auto& file : plan.files) {
    draw_file(canvas, plan, file, y);
    y += file.height() + kBetweenFiles;
  }
  plan.caption.draw(canvas, {kLeft, y - kBetweenFiles});
}

}  // namespace

Figure delta_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<File> files;
  std::vector<UsageMap> maps;
  std::vector<std::string> titles;
  for (const auto& probe : probes) {
    files.push_back(file_of(probe, options.layer, is_separate(options.scale)));
    maps.push_back(files.back().map);
    titles.push_back(maps.back().title);
  }
  const FrequencyAxis axis(options.axis, maps, kWidth);
  const auto plan = std::make_shared<Plan>(Plan{.files = std::move(files), .axis = axis});
  const std::string colours =
      is_separate(options.scale)
          ? "Each file has its own colour scale, from 0 to its most negative phase."
          : "White marks both ends of the scale, 0 and \u22122\u03c0, which are the same phase.";
  plan->caption = Caption(
      "PoPE's learned phase of the keys, one row for each key head, as scores use it (clamped to "
      "[\u22122\u03c0, 0]). " +
          colours,
      kWidth + kRight - 20);
  return {fmt::format("Learned phases of {}", fmt::join(titles, ", ")),
          {kLeft + kWidth + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
