#include "plots/offset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "plots/colours.hpp"
#include "plots/panels.hpp"
#include "plots/tiles.hpp"

namespace ww {

namespace {

constexpr double kLeft = 60, kTop = 6, kWidth = 560, kHeight = 360, kRight = 24, kBelow = 44;
constexpr size_t kFew = 400;  // dots that bars can be told apart at

/// Classes of the spread over the wavelength; what is wide has hardly a preference.
struct Sharpness {
  double below;  // turns
  const char* name;
  Colour colour;
};
constexpr std::array<Sharpness, 4> kSharpness = {{
    {0.05, "below 1/20 of the wavelength", {0x05, 0x30, 0x61}},
    {0.125, "to 1/8", {0x21, 0x66, 0xac}},
    {0.25, "to 1/4", {0x6b, 0xae, 0xd6}},
    {1e300, "wider", {0xcc, 0xcc, 0xcc}},
}};

struct Dot {
  size_t layer, head, frequency;
  double x, offset, spread, turns;  // pixels from the panel's edge; tokens; spread / wavelength

  size_t sharpness() const {
    const auto* const found = std::ranges::find_if(
        kSharpness, [&](const Sharpness& sharpness) { return turns < sharpness.below; });
    return static_cast<size_t>(std::min(found, kSharpness.end() - 1) - kSharpness.begin());
  }
};

struct File {
  UsageMap map;
  std::vector<Dot> dots = {};  // the sharpest last, so that they lie on top
  size_t still = 0;            // frequencies of heads with theta = 0
};

struct Plan {
  std::vector<File> files;
  FrequencyAxis axis;
  double top = 1;  // of the offsets, tokens
  bool bars = false;
};

/// Offsets upwards, evenly spaced in ln(1 + offset): 0 has a place.
double height_of(const Plan& plan, const Box& box, double offset) {
  return box.bottom() - box.height * std::log1p(std::max(0.0, offset)) / std::log1p(plan.top);
}

/// Layers, and heads within them, stand side by side in their frequency's column.
File file_of(const NamedProbe& probe,
             const UsageMap& map,
             const FrequencyAxis& axis,
             const FigureOptions& options) {
  const auto& offsets = array_of(probe, "metrics/preferred_offset");
  const auto& spreads = array_of(probe, "metrics/offset_spread");
  const size_t L = offsets.shape[0], H = offsets.shape[1], F = offsets.shape[2];
  check_there(probe, "layer", options.layer, L);
  check_there(probe, "head", options.head, H);
  const size_t columns = (options.layer ? 1 : L) * (options.head ? 1 : H);
  File file{map};
  for (size_t f = 0; f < F; ++f) {
    size_t column = 0;
    for (size_t l = 0; l < L; ++l) {
      const auto span = axis.column(map, l, f);
      const double wavelength = map.wavelength[map.at(l, f)];
      for (size_t h = 0; h < H; ++h) {
        if ((options.layer && *options.layer != l) || (options.head && *options.head != h))
          continue;
        const double share = (static_cast<double>(column++) + 0.5) / static_cast<double>(columns);
        const double offset = value_at(offsets, {l, h, f}), spread = value_at(spreads, {l, h, f});
        if (std::isinf(wavelength)) ++file.still;
        if (!span || !std::isfinite(offset)) continue;
        const double x = span->left + (span->right - span->left) * (0.08 + 0.84 * share);
        file.dots.push_back({l, h, f, x, offset, spread, spread / wavelength});
      }
    }
  }
  std::ranges::stable_sort(file.dots, std::ranges::greater{}, &Dot::turns);
  return file;
}

void draw_dot(Canvas& canvas, const Plan& plan, const File& file, const Dot& dot, const Box& box) {
  const auto& sharpness = kSharpness[dot.sharpness()];
  const double x = box.x + dot.x, y = height_of(plan, box, dot.offset);
  if (plan.bars && std::isfinite(dot.spread)) {
    canvas.line({x, height_of(plan, box, dot.offset - dot.spread)},
                {x, std::max(box.y, height_of(plan, box, dot.offset + dot.spread))},
                {.colour = sharpness.colour, .width = 1.1});
  }
  canvas.circle({x, y},
                plan.bars ? 2.4 : 1.5,
                sharpness.colour,
                {fmt::format("layer {}, head {}, wavelength {:.4g}: offset {:.4g} \u00b1 {:.3g}",
                             dot.layer,
                             dot.head,
                             file.map.wavelength[file.map.at(dot.layer, dot.frequency)],
                             dot.offset,
                             dot.spread),
                 {{"map", "offset"},
                  {"layer", fmt::format("{}", dot.layer)},
                  {"head", fmt::format("{}", dot.head)},
                  {"frequency", fmt::format("{}", dot.frequency)},
                  {"value", fmt::format("{:.9g}", dot.offset)},
                  {"spread", fmt::format("{:.9g}", dot.spread)}}});
}

void draw_offsets_axis(Canvas& canvas, const Plan& plan, const Box& box) {
  const auto top = static_cast<int64_t>(plan.top);
  for (int64_t tick = 0; tick <= top; tick = tick == 0 ? 1 : 10 * tick) {
    const auto offset = static_cast<double>(tick);
    const double y = height_of(plan, box, offset);
    canvas.line({box.x, y}, {box.right(), y}, {kFaint});
    canvas.text({box.x - 7, y + 3.5},
                tick_label(offset),
                {.size = 10, .anchor = Anchor::end, .colour = kQuiet});
  }
  canvas.text({box.x - 46, box.y + box.height / 2},
              "preferred offset (tokens)",
              {.size = 11, .anchor = Anchor::middle, .angle = -90});
}

/// A whole wavelength, which no offset reaches, and the lengths of texts.
void draw_bounds(Canvas& canvas, const Plan& plan, const File& file, const Box& box) {
  for (const auto& layers : layers_by_frequencies(file.map)) {
    for (size_t f = 0; f < file.map.frequencies; ++f) {
      const auto column = plan.axis.column(file.map, layers.front(), f);
      const double wavelength = file.map.wavelength[file.map.at(layers.front(), f)];
      if (!column || !std::isfinite(wavelength)) continue;
      const double y = height_of(plan, box, wavelength);
      canvas.line({box.x + column->left, y}, {box.x + column->right, y}, {kQuiet});
    }
  }
  constexpr Colour kMark = {0xd5, 0x5e, 0x00};
  const auto mark = [&](const char* name, int64_t tokens, bool above) {
    const auto length = static_cast<double>(tokens);
    if (tokens <= 0 || length > plan.top) return;
    const double y = height_of(plan, box, length);
    canvas.line({box.x, y}, {box.right(), y}, {.colour = kMark, .width = 1.2, .dash = {4, 3}});
    canvas.text({box.x + 4, above ? y - 4 : y + 12},
                fmt::format("{} {}", name, with_commas(tokens)),
                {.size = 10, .colour = kMark});
  };
  const bool longer = file.map.longest_text > file.map.train_length;
  mark("longest text", file.map.longest_text, longer);
  if (file.map.train_length != file.map.longest_text) {
    mark("training length", file.map.train_length, !longer);
  }
}

/// The strip of theta = 0: what never turns prefers no offset.
void draw_still(Canvas& canvas, const Plan& plan, const File& file, const Box& box) {
  const Box strip{
      box.x + plan.axis.strip(), box.y, plan.axis.width() - plan.axis.strip(), box.height};
  if (strip.width <= 0) return;
  canvas.rect(strip,
              {0xf4, 0xf4, 0xf4},
              {fmt::format("\u03b8 = 0: {} frequencies of heads prefer no offset", file.still),
               {{"map", "still"}, {"value", fmt::format("{}", file.still)}}});
  hatch(canvas, strip, kMissing);
}

Legend legend_of() {
  std::vector<Legend::Entry> entries;
  for (const auto& sharpness : kSharpness) entries.emplace_back(sharpness.name, sharpness.colour);
  entries.front().first = "spread " + entries.front().first;
  return {std::move(entries), kWidth};
}

/// " Hatched: ..", "" where every frequency turns.
std::string still_note(const File& file) {
  if (file.still == 0) return "";
  std::vector<size_t> layers;
  for (size_t l = 0; l < file.map.layers; ++l) {
    if (!file.map.rotated[l]) layers.push_back(l);
  }
  return fmt::format(" Hatched: \u03b8 = 0, where no offset is preferred{}{}.",
                     layers.empty() ? "" : "; layers without rotation: ",
                     fmt::join(layers, ", "));
}

std::string caption_text(const Plan& plan, const FigureOptions& options) {
  std::string text;
  for (const auto& file : plan.files) text += about_note(file.map) + " ";
  text +=
      "Offset at which the mean product of a query's and a key's chunk is largest. It is known up "
      "to "
      "multiples of the wavelength (grey steps: one wavelength); values just below a step mean a "
      "key after the query.";
  if (!options.layer || !options.head) {
    text += fmt::format(" Within a column, {} are side by side{}.",
                        options.head ? "layers" : "heads",
                        options.layer || options.head ? "" : ", layer by layer");
  }
  for (const auto& file : plan.files) text += still_note(file);
  if (plan.bars) text += " Bars: \u00b1 the spread of the phases.";
  return text;
}

}  // namespace

Figure offset_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<UsageMap> maps;
  for (const auto& probe : probes) maps.push_back(usage_map(probe));
  const auto kind = options.axis == AxisKind::automatic ? AxisKind::wavelength : options.axis;
  Plan plan{.files = {}, .axis = FrequencyAxis(kind, maps, kWidth)};
  Tiles tiles{.size = {kLeft + kWidth + kRight, kTop + kHeight + kBelow}, .columns = 2};
  size_t most = 0;
  for (size_t i = 0; i < probes.size(); ++i) {
    const auto& file = plan.files.emplace_back(file_of(probes[i], maps[i], plan.axis, options));
    most = std::max(most, file.dots.size());
    for (const auto& dot : file.dots) plan.top = std::max(plan.top, dot.offset);
    for (const double wavelength : finite_values(maps[i].wavelength)) {
      plan.top = std::max(plan.top, wavelength);
    }
    tiles.names.push_back(maps[i].title +
                          (options.layer ? fmt::format(", layer {}", *options.layer) : "") +
                          (options.head ? fmt::format(", head {}", *options.head) : ""));
  }
  plan.bars = most <= kFew;
  tiles.title = fmt::format("Preferred offsets of {}", fmt::join(tiles.names, ", "));
  tiles.caption = caption_text(plan, options);
  tiles.extra = 24;
  tiles.draw_extra = [](Canvas& canvas, Point corner) { legend_of().draw(canvas, corner); };
  tiles.draw = [plan](Canvas& canvas, size_t i, Point corner) {
    const Box box{corner.x + kLeft, corner.y + kTop, kWidth, kHeight};
    draw_offsets_axis(canvas, plan, box);
    draw_still(canvas, plan, plan.files[i], box);
    for (const auto& dot : plan.files[i].dots) draw_dot(canvas, plan, plan.files[i], dot, box);
    draw_bounds(canvas, plan, plan.files[i], box);
    plan.axis.draw(canvas, plan.files[i].map, box);
  };
  return tiles_figure(std::move(tiles));
}

}  // namespace ww
