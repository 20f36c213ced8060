#include "plots/length.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "plots/colours.hpp"
#include "plots/frequency_maps.hpp"
#include "plots/summaries.hpp"
#include "plots/tiles.hpp"
#include "plots/usage_panel.hpp"

namespace ww {

namespace {

constexpr double kLeft = 84, kWidth = 560, kRight = 128, kAxis = 44;
constexpr double kMarkRow = 12, kToRows = 8;  // a row of marks' labels; from the last to the bars
constexpr double kLane = 10, kBetween = 6;    // the horizons below a row; rows
constexpr double kWanted = 420;               // height of all bars
constexpr Colour kHorizon = {0x00, 0x9e, 0x73};

struct Row {
  size_t number = 0;  // of the layer, or the head
  size_t layer = 0;
  std::vector<size_t> heads = {};
  bool rotated = true;
  std::vector<MeanOverLayers> weights = {};  // [F], of w
  std::vector<double> horizons = {};         // tokens, a value a head; NaN: none
  double beyond = 0;                         // share of w without a full turn; NaN: not known
};

struct File {
  UsageMap map;
  std::vector<Row> rows;

  double bar_height() const {
    return std::round(std::clamp(kWanted / static_cast<double>(rows.size()), 20.0, 64.0));
  }
  double pitch() const { return bar_height() + kLane + kBetween; }
};

struct Plan {
  std::vector<File> files;
  FrequencyAxis axis;
  double top = 1;  // of the bars
  double mark_rows = 0;
  const char* row = "layer";
};

/// w of each head in shares of its sum, [H, F]; NaN where a head has no norm.
std::vector<double> head_weights(const NamedProbe& probe, const UsageMap& map, size_t layer) {
  auto weights = head_products(probe, layer);
  for (size_t i = 0; i < weights.size(); i += map.frequencies) {
    const auto first = weights.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = first + static_cast<std::ptrdiff_t>(map.frequencies);
    const auto known = finite_values({first, last});
    const double sum = std::accumulate(known.begin(), known.end(), 0.0);
    std::transform(first, last, first, [&](double weight) { return weight / sum; });
  }
  return weights;
}

/// A row of the heads given.
Row row_of(const NamedProbe& probe,
           const UsageMap& map,
           const std::vector<double>& weights,
           size_t layer,
           const std::vector<size_t>& heads) {
  Row row{.layer = layer, .heads = heads, .rotated = map.rotated[layer]};

  for (size_t f = 0; f < map.frequencies; ++f) {
    row.weights.push_back(mean_over_layers(map, weights, heads, f));
  }
  std::vector<double> beyond;
  for (const size_t h : heads) {
    row.horizons.push_back(value_at(array_of(probe, "metrics/horizon"), {layer, h}));
    beyond.push_back(value_at(array_of(probe, "metrics/ood_exposure"), {layer, h}));
  }
  row.beyond = mean_summary(beyond, false);
  return row;
}

File file_of(const NamedProbe& probe, std::optional<size_t> only) {
  File file{map_rows(probe, only), {}};
  const auto whole = usage_map(probe);
  for (size_t l = 0; l < whole.layers; ++l) {
    if (only && *only != l) continue;
    const auto weights = head_weights(probe, whole, l);
    std::vector<size_t> heads(weights.size() / whole.frequencies);
    std::iota(heads.begin(), heads.end(), 0);
    if (!only) file.rows.push_back(row_of(probe, whole, weights, l, heads));
    for (const size_t h : only ? heads : std::vector<size_t>{}) {
      file.rows.push_back(row_of(probe, whole, weights, l, {h}));
    }
  }
  for (size_t i = 0; i < file.rows.size(); ++i) file.rows[i].number = i;
  return file;
}

/// Everything that must have its place on the axis, tokens.
std::vector<double> lengths_of(const std::vector<File>& files) {
  std::vector<double> lengths;
  for (const auto& file : files) {
    lengths.push_back(static_cast<double>(file.map.longest_text));
    lengths.push_back(static_cast<double>(file.map.train_length));
    lengths.push_back(critical_wavelength(file.map.train_length));
    for (const auto& row : file.rows) {
      lengths.insert(lengths.end(), row.horizons.begin(), row.horizons.end());
    }
  }
  std::erase_if(lengths, [](double length) { return !(length > 0) || std::isinf(length); });
  return lengths;
}

double highest(const std::vector<File>& files) {
  double top = 0;
  for (const auto& file : files) {
    for (const auto& row : file.rows) {
      for (const auto& weight : row.weights) {
        const double error = std::isnan(weight.standard_error) ? 0 : weight.standard_error;
        if (!std::isnan(weight.mean)) top = std::max(top, weight.mean + error);
      }
    }
  }
  return top > 0 ? round_up(top) : 1;
}

Meaning bar_meaning(const Plan& plan, const File& file, const Row& row, size_t f) {
  const auto& weight = row.weights[f];
  return {fmt::format("{} {}, frequency {}, wavelength {:.4g}: w {:.3g}{}",
                      plan.row,
                      row.number,
                      f,
                      file.map.wavelength[file.map.at(row.number, f)],
                      weight.mean,
                      std::isnan(weight.standard_error)
                          ? ""
                          : fmt::format(" \u00b1 {:.2g}", weight.standard_error)),
          {{"map", "weight"},
           {plan.row, fmt::format("{}", row.number)},
           {"frequency", fmt::format("{}", f)},
           {"value", fmt::format("{:.9g}", weight.mean)},
           {"error", fmt::format("{:.9g}", weight.standard_error)}}};
}

void draw_bars(Canvas& canvas, const Plan& plan, const File& file, const Row& row, const Box& box) {
  const Scale y{.low = 0, .high = plan.top, .from = box.bottom(), .to = box.y};
  if (!row.rotated) hatch(canvas, box, kMissing);
  for (size_t f = 0; f < file.map.frequencies; ++f) {
    const auto column = plan.axis.column(file.map, row.number, f);
    const auto& weight = row.weights[f];
    if (!column || std::isnan(weight.mean)) continue;
    const double width = column->right - column->left, gap = width > 4 ? 0.5 : 0;
    canvas.rect(
        {box.x + column->left + gap, y(weight.mean), width - 2 * gap, y(0) - y(weight.mean)},
        line_colour(0),
        bar_meaning(plan, file, row, f));
    if (std::isnan(weight.standard_error) || width < 3) continue;
    const double x = box.x + column->centre();
    canvas.line({x, y(weight.mean - weight.standard_error)},
                {x, y(weight.mean + weight.standard_error)},
                {.colour = kInk, .width = 1});
  }
  canvas.line({box.x, box.bottom()}, {box.x + plan.axis.main_width(), box.bottom()}, {kQuiet});
  if (plan.axis.strip() == plan.axis.width()) return;
  canvas.line({box.x + plan.axis.strip(), box.bottom()}, {box.right(), box.bottom()}, {kQuiet});
}

/// A dot a head below the row; how many heads have none at the right.
void draw_horizons(
    Canvas& canvas, const Plan& plan, const File& file, const Row& row, const Box& box) {
  size_t none = 0;
  for (size_t h = 0; h < row.horizons.size(); ++h) {
    const auto x = plan.axis.place(file.map, row.horizons[h]);
    if (!x) {
      ++none;
      continue;
    }
    const Point at{box.x + *x, box.bottom() + kLane / 2 + 1};
    canvas.circle(
        at,
        3,
        kHorizon,
        {fmt::format(
             "layer {}, head {}: horizon {} tokens", row.layer, row.heads[h], row.horizons[h]),
         {{"map", "horizon"},
          {"layer", fmt::format("{}", row.layer)},
          {"head", fmt::format("{}", row.heads[h])},
          {"value", fmt::format("{:.9g}", row.horizons[h])}}});
  }
  if (none == 0) return;
  const auto text =
      row.horizons.size() == 1 ? "no horizon" : fmt::format("{} without horizon", none);
  canvas.text({box.right() + 10, box.bottom() + kLane - 1}, text, {.size = 9, .colour = kHorizon});
}

void draw_row(Canvas& canvas, const Plan& plan, const File& file, const Row& row, const Box& box) {
  const Group group(canvas, "row");
  canvas.line({box.x, box.y}, {box.right(), box.y}, {kFaint});
  draw_bars(canvas, plan, file, row, box);
  draw_horizons(canvas, plan, file, row, box);
  const double middle = box.y + box.height / 2 + 3.5;
  canvas.text({box.x - 36, middle},
              fmt::format("{}", row.number),
              {.size = 10, .anchor = Anchor::end, .colour = kQuiet});
  const auto beyond = std::isnan(row.beyond) ? "" : fmt::format("{:.2f}", row.beyond);
  canvas.text({box.right() + 10, middle}, beyond, {.size = 10});
  if (row.number > 0) return;
  const TextStyle tick{.size = 9, .anchor = Anchor::end, .colour = kQuiet};
  canvas.text({box.x - 5, box.y + 4}, tick_label(plan.top), tick);
  canvas.text({box.x - 5, box.bottom() + 3}, "0", tick);
}

void draw_file(Canvas& canvas, const Plan& plan, const File& file, Point corner) {
  const double top = corner.y + plan.mark_rows * kMarkRow + kToRows;
  Box box{corner.x + kLeft, top, kWidth, file.bar_height()};
  for (const auto& row : file.rows) {
    draw_row(canvas, plan, file, row, box);
    box.y += file.pitch();
  }
  const Box all{box.x, top, kWidth, box.y - kBetween - top};
  draw_length_marks(canvas, length_marks({file.map}, plan.axis), all.x, corner.y - 4, {all});
  plan.axis.draw(canvas, file.map, all);
  const TextStyle upwards{.size = 11, .anchor = Anchor::middle, .angle = -90};
  canvas.text({all.x - 62, all.y + all.height / 2}, plan.row, upwards);
  canvas.text({all.x - 24, all.y + file.bar_height() / 2}, "w", {9, Anchor::middle, -90});
  if (file.map.train_length <= 0) return;
  canvas.text({all.right() + 10, top - 18}, "share without", {.size = 10, .colour = kQuiet});
  canvas.text({all.right() + 10, top - 6}, "a full turn", {.size = 10, .colour = kQuiet});
}

std::string caption_text(const Plan& plan, std::optional<size_t> layer) {
  std::string text;
  bool still = false;
  for (const auto& file : plan.files) {
    text += about_note(file.map) + " ";
    still = still || std::ranges::count(file.rows, false, &Row::rotated) > 0;
  }
  text +=
      "w: product of the mean norms of queries and keys, as a share of its sum over a head's "
      "frequencies";
  text += layer ? fmt::format("; layer {}, one row for each head. ", *layer)
                : "; mean over heads with \u00b11 standard error over them. ";
  text +=
      "Dots: the horizon of each head, the first offset at which the sum of cosines weighted by w "
      "is negative (or a note that there is none up to 65,536 tokens).";
  const auto known = [](const File& file) { return file.map.train_length > 0; };
  if (std::ranges::any_of(plan.files, known)) {
    text += " Numbers: share of w at wavelengths longer than the training length.";
  }
  for (const auto& file : plan.files) {
    if (!known(file)) text += fmt::format(" {}: training length unknown.", file.map.title);
  }
  if (plan.axis.strip() < plan.axis.width()) text += " \u221e: frequencies of \u03b8 = 0.";
  if (still) text += " Hatched: layers without rotation.";
  return text;
}

}  // namespace

Figure length_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<File> files;
  std::vector<UsageMap> maps;
  Tiles tiles;
  double height = 0;
  for (const auto& probe : probes) {
    const auto& file = files.emplace_back(file_of(probe, options.layer));
    maps.push_back(file.map);
    tiles.names.push_back(file.map.title);
    height = std::max(height, file.pitch() * static_cast<double>(file.rows.size()));
  }
  const auto lengths = lengths_of(files);
  Plan plan{.files = std::move(files),
            .axis = FrequencyAxis(AxisKind::wavelength, maps, kWidth, lengths)};
  plan.top = highest(plan.files);
  plan.row = options.layer ? "head" : "layer";
  for (const auto& map : maps) {
    for (const auto& mark : length_marks({map}, plan.axis)) {
      plan.mark_rows = std::max(plan.mark_rows, static_cast<double>(mark.row + 1));
    }
  }
  plan.mark_rows = std::max(plan.mark_rows, 2.0);  // room for the numbers' title
  tiles.size = {kLeft + kWidth + kRight, plan.mark_rows * kMarkRow + kToRows + height + kAxis};
  tiles.title = fmt::format("Usage beside lengths in {}", fmt::join(tiles.names, ", "));
  tiles.caption = caption_text(plan, options.layer);
  tiles.draw = [plan](Canvas& canvas, size_t i, Point corner) {
    draw_file(canvas, plan, plan.files[i], corner);
  };
  return tiles_figure(std::move(tiles));
}

}  // namespace ww
