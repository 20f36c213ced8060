#include "plots/ablation_map.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "plots/ablation_data.hpp"
#include "plots/axis.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kLeft = 56, kTop = 14, kTitle = 26, kName = 18, kBelow = 44, kCaptionGap = 4;
constexpr double kMinCell = 38, kMaxCell = 56, kWantedMap = 340, kToBar = 12, kBar = 10,
                 kBarLabels = 62, kBetweenFiles = 10;
constexpr double kWhole = 1020;  // pixels a row of maps may take
constexpr int kSteps = 64;       // colours of the bar

struct Map {
  std::string intervention;
  std::vector<std::string> bands;
  std::vector<LossBar> cells;  // [L, bands]
  double most = 0;             // of |loss|: the ends of the colours
};

struct File {
  ProbeAbout about;
  size_t layers = 0;
  std::vector<Map> maps;

  double map_width() const {
    const auto bands = static_cast<double>(maps.front().bands.size());
    return bands * std::clamp(kWantedMap / bands, kMinCell, kMaxCell);
  }
  double pitch() const { return map_width() + kToBar + kBar + kBarLabels + kLeft - 16; }
  size_t columns() const {
    return std::clamp<size_t>(static_cast<size_t>(kWhole / pitch()), 1, maps.size());
  }
  double map_height() const { return row_height(layers) * static_cast<double>(layers); }
  double row() const { return kName + map_height() + kBelow; }
  double height() const {
    const size_t rows = (maps.size() + columns() - 1) / columns();
    return kTitle + row() * static_cast<double>(rows);
  }
  double width() const { return kLeft + pitch() * static_cast<double>(columns()); }
};

struct Plan {
  std::vector<File> files;
  double width = 0;
  Caption caption;

  double height() const {
    double sum = 2 * kTop + kCaptionGap + caption.height();
    for (const auto& file : files) sum += file.height() + kBetweenFiles;
    return sum;
  }
};

File file_of(const NamedProbe& probe) {
  const auto& shape = array_of(probe, "ablation/delta_loss").shape;
  const auto& names = probe.file.strings.at("ablation/intervention");
  check(names.size() == shape[0],
        "{}: it names {} interventions but has losses of {}",
        probe.name,
        names.size(),
        shape[0]);
  File file{about(probe), shape[1], {}};
  for (size_t i = 0; i < shape[0]; ++i) {
    Map map{names[i], {}, {}};
    for (size_t b = 0; b < shape[2]; ++b) map.bands.push_back(band_label(probe, b));
    for (size_t l = 0; l < shape[1]; ++l) {
      for (size_t b = 0; b < shape[2]; ++b) {
        map.cells.push_back(band_loss(probe, i, l, b));
        const double size = std::abs(map.cells.back().value);
        if (std::isfinite(size)) map.most = std::max(map.most, size);
      }
    }
    file.maps.push_back(std::move(map));
  }
  return file;
}

void draw_cell(Canvas& canvas, const Map& map, const Box& box, size_t layer, size_t band) {
  const auto& loss = map.cells[layer * map.bands.size() + band];
  const bool known = std::isfinite(loss.value);
  const double share = map.most > 0 ? loss.value / map.most : 0;
  const auto fill = known ? diverging(0.5 + 0.5 * share) : kMissing;
  const bool unsure = known && loss.low <= 0 && loss.high >= 0;
  canvas.rect(box,
              fill,
              {fmt::format("{}, layer {}, {} tokens: {:+.4g} nat/prediction [{:+.4g}, {:+.4g}]",
                           map.intervention,
                           layer,
                           map.bands[band],
                           loss.value,
                           loss.low,
                           loss.high),
               {{"map", "delta-loss"},
                {"intervention", map.intervention},
                {"layer", fmt::format("{}", layer)},
                {"band", fmt::format("{}", band)},
                {"unsure", unsure ? "yes" : "no"},
                {"value", known ? fmt::format("{:.9g}", loss.value) : "NaN"}}});
  if (unsure) hatch(canvas, box, contrast(fill));
}

void draw_bar(Canvas& canvas, const Box& bar, double most) {
  const Group group(canvas, "colour-bar");
  for (int i = 0; i < kSteps; ++i) {
    const auto step = cell_of(bar, kSteps, 1, static_cast<size_t>(i), 0);
    canvas.rect(step, diverging(1 - (i + 0.5) / kSteps));
  }
  const Scale place{.low = -most, .high = most, .from = bar.bottom(), .to = bar.y};
  for (const double value : ticks_of(place, std::max(2, static_cast<int>(bar.height / 36)))) {
    canvas.line({bar.right(), place(value)}, {bar.right() + 3, place(value)}, {kQuiet});
    canvas.text(
        {bar.right() + 6, place(value) + 3.5}, tick_label(value), {.size = 9.5, .colour = kQuiet});
  }
}

void draw_map(Canvas& canvas, const File& file, const Map& map, Point corner, bool numbers) {
  const Group group(canvas, "heatmap");
  const Box box{corner.x, corner.y + kName, file.map_width(), file.map_height()};
  canvas.text({box.x, box.y - 6}, map.intervention, {.size = 12, .bold = true});
  for (size_t l = 0; l < file.layers; ++l) {
    for (size_t b = 0; b < map.bands.size(); ++b) {
      draw_cell(canvas, map, cell_of(box, file.layers, map.bands.size(), l, b), l, b);
    }
  }
  draw_row_numbers(canvas, box, file.layers, numbers ? "layer" : "");
  draw_column_names(canvas, box, map.bands, "band of wavelengths (tokens)");
  const Box bar{box.right() + kToBar, box.y, kBar, box.height};
  canvas.text({bar.x, box.y - 6}, "\u0394 loss [nat/prediction]", {.size = 10, .bold = true});
  draw_bar(canvas, bar, map.most > 0 ? map.most : 1);
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (const auto& file : plan.files) {
    const Group group(canvas, "file");
    canvas.text({kLeft, y + 13}, file.about.title, {.size = 13, .bold = true});
    for (size_t i = 0; i < file.maps.size(); ++i) {
      const size_t column = i % file.columns(), row = i / file.columns();
      const Point corner{kLeft + static_cast<double>(column) * file.pitch(),
                         y + kTitle + static_cast<double>(row) * file.row()};
      draw_map(canvas, file, file.maps[i], corner, column == 0);
    }
    y += file.height() + kBetweenFiles;
  }
  plan.caption.draw(canvas, {kLeft, y - kBetweenFiles});
}

/// The ends of the colours: of all maps together.
void share_colours(std::vector<File>& files) {
  double most = 0;
  for (const auto& file : files) {
    for (const auto& map : file.maps) most = std::max(most, map.most);
  }
  for (auto& file : files) {
    for (auto& map : file.maps) map.most = most;
  }
}

}  // namespace

Figure ablation_map_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto plan = std::make_shared<Plan>();
  std::vector<std::string> titles;
  std::vector<ProbeAbout> abouts;
  std::string text;
  for (const auto& probe : probes) {
    const auto& file = plan->files.emplace_back(file_of(probe));
    plan->width = std::max(plan->width, file.width());
    titles.push_back(file.about.title);
    text += about_note(file.about) + " ";
    abouts.push_back(file.about);
  }
  const bool separate = is_separate(options.scale);
  if (!separate) share_colours(plan->files);
  text +=
      "Loss with the intervention minus loss without [nat/prediction]; hatched: the 95 % interval "
      "(bootstrap over texts) contains 0; grey: not run." +
      validity_note(abouts);
  if (separate) text += " Each map has its own colour scale.";
  plan->width = std::max(plan->width, 420.0);
  plan->caption = Caption(text, plan->width - kLeft - 20);
  return {
      fmt::format("Losses under interventions by layer and band in {}", fmt::join(titles, ", ")),
      {plan->width, plan->height()},
      [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
