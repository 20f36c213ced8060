#include "plots/heads.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "plots/colour_scale.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/swaps.hpp"
#include "plots/tiles.hpp"

namespace ww {

namespace {

constexpr double kLeft = 46, kHeads = 30, kBelow = 40, kToBar = 10, kBar = 10, kBarLabels = 44;
constexpr double kWantedHeight = 330, kWantedWidth = 230, kToSwaps = 44;
constexpr size_t kMaps = 3, kSlash = 2;
constexpr double kFarthest = 64;  // slashes, tokens
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct HeadMap {
  const char* name;    // the cells' data-map
  const char* title;   // above it
  const char* symbol;  // above the bar
};
constexpr std::array<HeadMap, kMaps> kShown = {{{"sink", "Sink", "mass"},
                                                {"entropy", "Entropy", "ratio"},
                                                {"slash", "Largest slash", "\u03ba"}}};

struct File {
  ProbeAbout about;
  size_t layers = 0, heads = 0;
  std::array<std::vector<double>, kMaps> values;  // [L, H]
  std::vector<double> lags;                       // [L, H], tokens, of the largest slash
  std::optional<Swaps> swaps;                     // nothing: the file has none to show
  const char* why_none = "no s_pos and s_sym";
  std::vector<bool> rotated;  // [L]

  double cell_height() const {
    return std::round(std::clamp(kWantedHeight / static_cast<double>(layers), 11.0, 26.0));
  }
  double cell_width() const {
    return std::round(std::clamp(kWantedWidth / static_cast<double>(heads), 9.0, 34.0));
  }
  double map_height() const { return cell_height() * static_cast<double>(layers); }
  double map_width() const { return cell_width() * static_cast<double>(heads); }
};

struct Plan {
  std::vector<File> files;
  std::vector<std::array<ColourScale, kMaps>> scales;
  double pitch = 0;  // from map to map
  bool swaps = false;
};

/// Farther than half the longest text few queries reach, and most of what they reach is the sink.
double farthest_slash(const ProbeAbout& about) {
  const auto half = about.longest_text / 2;
  return about.longest_text > 0 ? std::min(kFarthest - 1, static_cast<double>(half))
                                : kFarthest - 1;
}

/// The largest attention at one offset of each head, and which.
void find_slashes(const NamedProbe& probe, File& file) {
  const auto& slash = array_of(probe, "metrics/slash");
  const auto& lags = array_of(probe, "lag").values;
  for (size_t i = 0; i < file.layers * file.heads; ++i) {
    double most = kNone, lag = kNone;
    for (size_t k = 0; k < lags.size(); ++k) {
      const double share = slash.values[i * lags.size() + k];
      if (std::isnan(share) || share <= most || lags[k] > farthest_slash(file.about)) continue;
      most = share;
      lag = lags[k];
    }
    file.values[kSlash].push_back(most);
    file.lags.push_back(lag);
  }
}

File file_of(const NamedProbe& probe) {
  const auto& sink = array_of(probe, "metrics/sink_mass");
  File file;
  file.about = about(probe);
  file.layers = sink.shape[0];
  file.heads = sink.shape[1];
  file.rotated = rotated_layers(probe, file.layers);
  file.values[0] = sink.values;
  file.values[1] = array_of(probe, "metrics/attention_entropy").values;
  find_slashes(probe, file);
  file.swaps = swaps_of(probe);
  if (file.swaps && !file.swaps->any()) {
    file.swaps.reset();
    file.why_none =
        "no exchange was measured, since texts are too short or no head sees the blocks,";
  }
  return file;
}

std::vector<std::array<ColourScale, kMaps>> scales_of(const std::vector<File>& files,
                                                      bool separate) {
  std::vector<std::array<ColourScale, kMaps>> scales(files.size());
  for (size_t map = 0; map < kMaps; ++map) {
    std::vector<double> all;
    for (const auto& file : files) {
      all.insert(all.end(), file.values[map].begin(), file.values[map].end());
    }
    for (size_t i = 0; i < files.size(); ++i) {
      scales[i][map] = colour_scale(separate ? files[i].values[map] : all, false);
    }
  }
  return scales;
}

void draw_cell(Canvas& canvas,
               const File& file,
               size_t map,
               const ColourScale& scale,
               const Box& cell,
               size_t i) {
  const double value = file.values[map][i];
  const auto fill = scale(value);
  const bool slash = map == kSlash && std::isfinite(file.lags[i]);
  const auto at = slash ? fmt::format(" at offset {}", file.lags[i]) : "";
  Meaning meaning{fmt::format("layer {}, head {}, {}: {:.3g}{}",
                              i / file.heads,
                              i % file.heads,
                              kShown[map].name,
                              value,
                              at),
                  {{"map", kShown[map].name},
                   {"layer", fmt::format("{}", i / file.heads)},
                   {"head", fmt::format("{}", i % file.heads)},
                   {"value", std::isnan(value) ? "NaN" : fmt::format("{:.9g}", value)}}};
  if (slash) meaning.data.emplace_back("lag", fmt::format("{}", file.lags[i]));
  canvas.rect(cell, fill, meaning);
}

/// The offset of a head's largest slash, where it has room.
void draw_lag(Canvas& canvas, double lag, Colour fill, const Box& cell) {
  const auto label = fmt::format("{}", lag);
  const double size = std::min(9.5, cell.height - 2);
  if (!std::isfinite(lag) || text_width(label, size) > cell.width - 2) return;
  canvas.text({cell.x + cell.width / 2, cell.y + cell.height / 2 + 0.36 * size},
              label,
              {.size = size, .anchor = Anchor::middle, .colour = contrast(fill)});
}

void draw_map(
    Canvas& canvas, const File& file, size_t map, const ColourScale& scale, Point corner) {
  const Group group(canvas, "heatmap");
  const Box box{corner.x, corner.y + kHeads, file.map_width(), file.map_height()};
  canvas.text({corner.x, corner.y + 12}, kShown[map].title, {.size = 11.5, .bold = true});
  const auto cell = [&](size_t i) {
    return cell_of(box, file.layers, file.heads, i / file.heads, i % file.heads);
  };
  for (size_t i = 0; i < file.values[map].size(); ++i) {
    draw_cell(canvas, file, map, scale, cell(i), i);
  }
  for (size_t l = 0; l < file.layers; ++l) {
    if (!file.rotated[l]) hatch(canvas, cell_of(box, file.layers, 1, l, 0));
  }
  for (size_t i = 0; map == kSlash && i < file.lags.size(); ++i) {
    draw_lag(canvas, file.lags[i], scale(file.values[map][i]), cell(i));
  }
  draw_row_numbers(canvas, box, file.layers, map == 0 ? "layer" : "");
  draw_column_numbers(canvas, box, file.heads, "head");
  const Box bar{box.right() + kToBar, box.y, kBar, box.height};
  canvas.text({bar.x, corner.y + 12}, kShown[map].symbol, {.size = 11, .bold = true});
  draw_colour_bar(canvas, bar, scale);
}

std::string caption_text(const Plan& plan, bool separate) {
  std::string text;
  bool still = false;
  for (const auto& file : plan.files) {
    text += about_note(file.about) + " ";
    still = still || std::ranges::count(file.rotated, false) > 0;
  }
  text +=
      "Sink: mean attention of a query to position 0. Entropy: entropy of the attention divided by "
      "the logarithm of the number of visible keys; 0: all on one key, 1: uniform. Slash: the "
      "largest mean attention at one fixed offset (numbers: the offset in tokens) below 64 and up "
      "to half the longest text.";
  if (plan.swaps) {
    text +=
        " Blocks swapped: cosine between the attention on two blocks before and after they change "
        "places, as it was (s_pos) and turned with them (s_sym), \u00b1 the standard error over "
        "texts; "
        "dark: layer 0.";
  }
  for (const auto& file : plan.files) {
    if (!file.swaps) {
      text +=
          fmt::format(" Blocks swapped: {} in the file of {}.", file.why_none, file.about.title);
    }
  }
  if (still) text += " Hatched, and rings: layers without rotation.";
  if (separate) text += " Each file has its own colour scale.";
  return text;
}

}  // namespace

Figure heads_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  Plan plan;
  Tiles tiles;
  double height = 0;
  for (const auto& probe : probes) {
    const auto& file = plan.files.emplace_back(file_of(probe));
    tiles.names.push_back(file.about.title);
    height = std::max(height, file.map_height());
    plan.pitch = std::max(plan.pitch, std::max(file.map_width(), 130.0));
    plan.swaps = plan.swaps || file.swaps;
  }
  if (plan.swaps) height = std::max(height, kSwapSide);
  plan.pitch += kToBar + kBar + kBarLabels + kLeft - 16;
  plan.scales = scales_of(plan.files, is_separate(options.scale));
  tiles.size = {kLeft + kMaps * plan.pitch + (plan.swaps ? kToSwaps + kSwapSide + 16 : 0),
                kHeads + height + kBelow};
  tiles.title = fmt::format("Attention of heads in {}", fmt::join(tiles.names, ", "));
  tiles.caption = caption_text(plan, is_separate(options.scale));
  tiles.draw = [plan](Canvas& canvas, size_t i, Point corner) {
    const auto& file = plan.files[i];
    for (size_t map = 0; map < kMaps; ++map) {
      draw_map(canvas,
               file,
               map,
               plan.scales[i][map],
               {corner.x + kLeft + static_cast<double>(map) * plan.pitch, corner.y});
    }
    if (file.swaps) {
      draw_swaps(canvas,
                 *file.swaps,
                 {corner.x + kLeft + kMaps * plan.pitch + kToSwaps, corner.y + kHeads});
    }
  };
  return tiles_figure(std::move(tiles));
}

}  // namespace ww
