#include "plots/frequency_maps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/profile_lines.hpp"
#include "plots/summaries.hpp"
#include "plots/usage_panel.hpp"

namespace ww {

namespace {

constexpr double kLeft = 56, kTop = 14, kTitle = 22, kBetweenFiles = 16;
constexpr double kHeads = 20, kMarkRow = 12;  // a map's title; a row of marks' labels
constexpr double kToProfile = 12, kProfile = 64, kAxis = 38;
constexpr double kToBar = 14, kBar = 12, kBarLabels = 58, kNumbers = 50;
constexpr double kNarrow = 230, kWide = 330, kColumn = 44;

std::vector<UsageMap> rows_of(const std::vector<FileMaps>& files) {
  std::vector<UsageMap> rows;
  for (const auto& maps : files) rows.push_back(maps.front().rows);
  return rows;
}

double map_width(const std::vector<FileMaps>& files, AxisKind kind) {
  if (kind == AxisKind::wavelength || files.size() > 1) return kWide;
  const auto count = static_cast<double>(files.front().front().rows.frequencies);
  return std::clamp(kColumn * count, kNarrow, kWide);
}

ColourScale scale_of(const std::vector<double>& values, MapColours colours) {
  if (colours == MapColours::share) return {};
  return colours == MapColours::diverging ? diverging_scale(values)
                                          : colour_scale(values, colours == MapColours::log);
}

std::vector<std::vector<ColourScale>> scales_of(const std::vector<FileMaps>& files, bool separate) {
  std::vector<std::vector<ColourScale>> scales(files.size());
  for (size_t place = 0; place < files.front().size(); ++place) {
    const auto colours = files.front()[place].colours;
    std::vector<double> all;
    for (const auto& maps : files) {
      all.insert(all.end(), maps[place].values.begin(), maps[place].values.end());
    }
    for (size_t i = 0; i < files.size(); ++i) {
      scales[i].push_back(scale_of(separate ? files[i][place].values : all, colours));
    }
  }
  return scales;
}

/// What the means over rows reach with their standard errors; of `log` what is positive.
struct Reach {
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void include(const FrequencyMap& map, const FrequencyAxis& axis) {
    for (const auto& rows : profile_sets(map.rows, axis)) {
      for (size_t f = 0; f < map.rows.frequencies; ++f) {
        const auto value = mean_over_layers(map.rows, map.values, rows, f);
        const double error = std::isnan(value.standard_error) ? 0 : value.standard_error;
        for (const double edge : {value.mean - error, value.mean, value.mean + error}) {
          if (std::isnan(edge) || (map.colours == MapColours::log && edge <= 0)) continue;
          low = std::min(low, edge);
          high = std::max(high, edge);
        }
      }
    }
  }
};

}  // namespace

FrequencyMaps::FrequencyMaps(std::vector<FileMaps> files, AxisKind axis, bool separate)
    : files_(std::move(files)),
      axis_(axis, rows_of(files_), map_width(files_, axis)),
      separate_(separate),
      scales_(scales_of(files_, separate)) {
  for (const auto& rows : rows_of(files_)) {
    for (const auto& mark : length_marks({rows}, axis_)) {
      mark_rows_ = std::max(mark_rows_, static_cast<double>(mark.row + 1));
    }
  }
}

double FrequencyMaps::pitch() const {
  return axis_.width() + kToBar + kBar + kBarLabels + kNumbers;
}

double FrequencyMaps::width() const {
  return pitch() * static_cast<double>(files_.front().size()) - kNumbers;
}

double FrequencyMaps::height(size_t file) const {
  return kHeads + mark_rows_ * kMarkRow + heat_height(files_[file].front().rows) + kToProfile +
         kProfile + kAxis;
}

Scale FrequencyMaps::profile_scale(size_t file, size_t place, const Box& box) const {
  Reach reach;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!separate_ || i == file) reach.include(files_[i][place], axis_);
  }
  Scale scale{.low = 0, .high = 1, .from = box.bottom(), .to = box.y};
  if (!(reach.low <= reach.high)) return scale;
  const auto colours = files_[file][place].colours;
  if (colours == MapColours::log) {
    scale.low = reach.low / 1.3;
    scale.high = reach.high * 1.3;
    scale.log = true;
  } else if (colours != MapColours::share) {
    scale.low = reach.low < 0 ? -round_up(-reach.low) : 0;
    scale.high = reach.high > 0 ? round_up(reach.high) : scale.low < 0 ? 0 : 1;
  }
  return scale;
}

void FrequencyMaps::draw_map(Canvas& canvas, size_t file, size_t place, Point corner) const {
  const auto& map = files_[file][place];
  const auto& scale = scales_[file][place];
  const double top = corner.y + kHeads + mark_rows_ * kMarkRow;
  const Box heat{corner.x, top, axis_.width(), heat_height(map.rows)};
  const Box profile{corner.x, heat.bottom() + kToProfile, heat.width, kProfile};
  const Box bar{heat.right() + kToBar, top, kBar, heat.height};
  canvas.text({corner.x, corner.y + 12}, map.title, {.size = 12, .bold = true});
  const UsagePanel panel{map.rows, map.values, axis_, scale, true, map.unit};
  panel.draw_heat(canvas, heat, map.name);
  draw_row_numbers(canvas, heat, map.rows.layers, place == 0 ? map.rows.row : "");
  const auto y = profile_scale(file, place, profile);
  if (y.low < 0) {
    canvas.line({profile.x, y(0)}, {profile.right(), y(0)}, {.colour = kMissing});
  }
  panel.draw_profile(canvas, profile, y);
  draw_length_marks(
      canvas, length_marks({map.rows}, axis_), corner.x, corner.y + kHeads - 4, {heat, profile});
  axis_.draw(canvas, map.rows, profile);
  canvas.text({bar.x, corner.y + 12}, map.symbol, {.size = 11, .bold = true});
  draw_colour_bar(canvas, bar, scale);
}

void FrequencyMaps::draw(Canvas& canvas, size_t file, Point corner) const {
  for (size_t place = 0; place < files_[file].size(); ++place) {
    draw_map(canvas, file, place, {corner.x + static_cast<double>(place) * pitch(), corner.y});
  }
}

std::string FrequencyMaps::notes() const {
  bool clipped = false, holes = false, still = false;
  for (size_t i = 0; i < files_.size(); ++i) {
    for (size_t place = 0; place < files_[i].size(); ++place) {
      const auto& map = files_[i][place];
      clipped = clipped || scales_[i][place].above + scales_[i][place].below > 0;
      holes = holes || finite_values(map.values).size() < map.values.size();
      still = still || std::ranges::count(map.rows.rotated, false) > 0;
    }
  }
  std::string text = separate_ && files_.size() > 1 ? " Each file has its own colour scale." : "";
  if (clipped)
    text +=
        " The colour scale ends at the 99.5th percentile of the cells; arrows state the largest "
        "value.";
  if (holes) text += " Grey: no value.";
  if (still) text += " Hatched: layers without rotation.";
  return text;
}

UsageMap map_rows(const NamedProbe& probe, std::optional<size_t> layer) {
  return layer ? head_map(probe, *layer, false) : usage_map(probe);
}

std::vector<double> map_values(const NamedProbe& probe,
                               const std::string& name,
                               std::optional<size_t> layer) {
  const auto& array = array_of(probe, name);
  const size_t L = array.shape[0], H = array.shape[1], F = array.shape[2];
  std::vector<double> values;
  for (size_t row = 0; row < (layer ? H : L); ++row) {
    for (size_t f = 0; f < F; ++f) {
      if (layer) {
        values.push_back(value_at(array, {*layer, row, f}));
        continue;
      }
      std::vector<double> heads;
      for (size_t h = 0; h < H; ++h) heads.push_back(value_at(array, {row, h, f}));
      values.push_back(mean_summary(heads, false));
    }
  }
  return values;
}

Figure frequency_maps_figure(const std::string& title,
                             std::vector<FileMaps> files,
                             const FigureOptions& options,
                             const std::string& text) {
  std::vector<std::string> titles;
  std::string about;
  for (const auto& maps : files) {
    titles.push_back(maps.front().rows.title);
    about += about_note(maps.front().rows) + " ";
  }
  const auto maps = std::make_shared<const FrequencyMaps>(
      std::move(files), options.axis, is_separate(options.scale));
  const double width = kLeft + maps->width();
  const Caption caption(about + text + maps->notes(), width - kLeft - 20);
  double height = kTop;
  for (size_t i = 0; i < titles.size(); ++i) height += kTitle + maps->height(i) + kBetweenFiles;
  const auto draw = [=](Canvas& canvas) {
    double y = kTop;
    for (size_t i = 0; i < titles.size(); ++i) {
      const Group group(canvas, "file");
      canvas.text({kLeft, y + 13}, titles[i], {.size = 13, .bold = true});
      maps->draw(canvas, i, {kLeft, y + kTitle});
      y += kTitle + maps->height(i) + kBetweenFiles;
    }
    caption.draw(canvas, {kLeft, y - kBetweenFiles / 2});
  };
  return {fmt::format("{} of {}", title, fmt::join(titles, ", ")),
          {width, height + caption.height() + kTop},
          draw};
}

}  // namespace ww
