#include "plots/frequency_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kGap = 7;            // between the wavelengths and the strip
constexpr double kMinStrip = 22;      // room for its infinity sign
constexpr double kStill = 0.15;       // of the width, where a layer turns nothing
constexpr double kLoneRatio = 2;      // right over left edge of a frequency without neighbours
constexpr double kLengthRoom = 1.15;  // from a length to the axis' end, as a ratio

/// The layer's frequencies with finite (or infinite) wavelength, shortest wavelength first.
std::vector<size_t> frequencies_of(const UsageMap& map, size_t layer, bool finite) {
  std::vector<size_t> chosen;
  for (size_t f = 0; f < map.frequencies; ++f) {
    const double wavelength = map.wavelength[map.at(layer, f)];
    if (finite ? std::isfinite(wavelength) : std::isinf(wavelength)) chosen.push_back(f);
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
    return map.wavelength[map.at(layer, a)] < map.wavelength[map.at(layer, b)];
  });
  return chosen;
}

/// Whether index f has no finite wavelength in any layer: its column is in the strip.
bool in_strip(const UsageMap& map, size_t frequency) {
  bool infinite = false;
  for (size_t l = 0; l < map.layers; ++l) {
    const double wavelength = map.wavelength[map.at(l, frequency)];
    if (std::isfinite(wavelength)) return false;
    infinite = infinite || std::isinf(wavelength);
  }
  return infinite;
}

/// Where column f stands among those of its kind, and how many these are.
struct Rank {
  size_t place = 0, of = 0;
};
Rank rank_by_index(const UsageMap& map, size_t frequency) {
  Rank rank;
  const bool strip = in_strip(map, frequency);
  for (size_t f = 0; f < map.frequencies; ++f) {
    if (in_strip(map, f) != strip) continue;
    if (f < frequency) ++rank.place;
    ++rank.of;
  }
  return rank;
}

/// Shortest and longest wavelength that the cell of chosen[i] reaches to: half-way (in logarithms)
/// to its neighbours.
std::pair<double, double> reach(const UsageMap& map,
                                size_t layer,
                                const std::vector<size_t>& chosen,
                                size_t i) {
  const auto wavelength = [&](size_t j) { return map.wavelength[map.at(layer, chosen[j])]; };
  const double own = wavelength(i);
  const auto last = chosen.size() - 1;
  if (last == 0) return {own / std::sqrt(kLoneRatio), own * std::sqrt(kLoneRatio)};
  const double down = std::sqrt(i > 0 ? own / wavelength(i - 1) : wavelength(1) / own);
  const double up = std::sqrt(i < last ? wavelength(i + 1) / own : own / wavelength(last - 1));
  return {own / down, own * up};
}

bool same_frequencies(const UsageMap& a, const UsageMap& b) {
  if (a.frequencies != b.frequencies) return false;
  for (size_t f = 0; f < a.frequencies; ++f) {
    if (a.wavelength[f] != b.wavelength[f]) return false;
  }
  return true;
}

AxisKind resolve(AxisKind kind, const std::vector<UsageMap>& maps) {
  const bool same = std::all_of(maps.begin(), maps.end(), [&](const auto& map) {
    return same_frequencies(maps.front(), map);
  });
  check(kind != AxisKind::index || same,
        "the files have different frequencies, so that equal indices are not equal frequencies; "
        "draw them with --axis wavelength");
  if (kind != AxisKind::automatic) return kind;
  return same ? AxisKind::index : AxisKind::wavelength;
}

/// The largest share of a layer's frequencies that has theta = 0; a layer that turns nothing beside
/// others that do counts as kStill, lest it take half of their room.
double strip_share(const std::vector<UsageMap>& maps) {
  double share = 0;
  bool still = false, turns = false;
  for (const auto& map : maps) {
    for (size_t l = 0; l < map.layers; ++l) {
      const auto infinite = static_cast<double>(frequencies_of(map, l, false).size());
      const bool finite = !frequencies_of(map, l, true).empty();
      turns = turns || finite;
      still = still || (!finite && infinite > 0);
      if (finite) share = std::max(share, infinite / static_cast<double>(map.frequencies));
    }
  }
  if (!turns) return 1;
  return still ? std::max(share, kStill) : share;
}

}  // namespace

FrequencyAxis::FrequencyAxis(AxisKind kind,
                             const std::vector<UsageMap>& maps,
                             double width,
                             const std::vector<double>& lengths)
    : kind_(resolve(kind, maps)), width_(width), main_width_(width), strip_(width) {
  const double share = strip_share(maps);
  if (share > 0) {
    const double strip = share < 1 ? std::clamp(share * width, kMinStrip, width / 2) : width;
    strip_ = width - strip;
    main_width_ = std::max(0.0, strip_ - kGap);
  }
  set_domain(maps, lengths);
}

void FrequencyAxis::set_domain(const std::vector<UsageMap>& maps,
                               const std::vector<double>& lengths) {
  wavelengths_ = {.low = 0, .high = 0, .from = 0, .to = main_width_, .log = true};
  for (const auto& map : maps) {
    for (size_t l = 0; l < map.layers; ++l) {
      const auto finite = frequencies_of(map, l, true);
      if (finite.empty()) continue;
      const double low = reach(map, l, finite, 0).first;
      wavelengths_.low = wavelengths_.low == 0 ? low : std::min(wavelengths_.low, low);
      wavelengths_.high =
          std::max(wavelengths_.high, reach(map, l, finite, finite.size() - 1).second);
    }
  }
  if (wavelengths_.low == 0) return;
  for (const double length : lengths) {
    wavelengths_.low = std::min(wavelengths_.low, length / kLengthRoom);
    wavelengths_.high = std::max(wavelengths_.high, length * kLengthRoom);
  }
}

std::optional<ColumnSpan> FrequencyAxis::column(const UsageMap& map,
                                                size_t layer,
                                                size_t frequency) const {
  const double wavelength = map.wavelength[map.at(layer, frequency)];
  const auto share = [](double left, double whole, const Rank& rank) {
    const double each = whole / static_cast<double>(rank.of);
    return ColumnSpan{left + each * static_cast<double>(rank.place),
                      left + each * static_cast<double>(rank.place + 1)};
  };
  if (kind_ == AxisKind::index) {
    const auto rank = rank_by_index(map, frequency);
    return in_strip(map, frequency) ? share(strip_, width_ - strip_, rank)
                                    : share(0, main_width_, rank);
  }
  if (std::isnan(wavelength)) return std::nullopt;
  const auto chosen = frequencies_of(map, layer, std::isfinite(wavelength));
  const auto i =
      static_cast<size_t>(std::find(chosen.begin(), chosen.end(), frequency) - chosen.begin());
  if (std::isinf(wavelength)) return share(strip_, width_ - strip_, {i, chosen.size()});
  const auto [low, high] = reach(map, layer, chosen, i);
  return ColumnSpan{wavelengths_(low), wavelengths_(high)};
}

std::optional<double> FrequencyAxis::place(const UsageMap& map, double tokens) const {
  if (kind_ == AxisKind::wavelength) {
    const double x = wavelengths_(tokens);
    return x >= 0 && x <= main_width_ ? std::optional(x) : std::nullopt;
  }
  if (layers_by_frequencies(map).size() != 1) return std::nullopt;
  const auto finite = frequencies_of(map, 0, true);
  for (size_t i = 0; i + 1 < finite.size(); ++i) {
    const double low = map.wavelength[finite[i]], high = map.wavelength[finite[i + 1]];
    if (tokens < low || tokens > high || low == high) continue;
    const double share = std::log(tokens / low) / std::log(high / low);
    const double from = column(map, 0, finite[i])->centre();
    return from + share * (column(map, 0, finite[i + 1])->centre() - from);
  }
  return std::nullopt;
}

void FrequencyAxis::draw_index_ticks(Canvas& canvas, const UsageMap& map, const Box& box) const {
  size_t stride = 1;
  while (map.frequencies / stride > 16) stride *= 2;
  for (size_t f = 0; f < map.frequencies; f += stride) {
    const double x = box.x + column(map, 0, f)->centre();
    canvas.line({x, box.bottom()}, {x, box.bottom() + 4}, {kQuiet});
    canvas.text({x, box.bottom() + 15},
                fmt::format("{}", f),
                {.size = 10, .anchor = Anchor::middle, .colour = kQuiet});
  }
}

void FrequencyAxis::draw(Canvas& canvas, const UsageMap& map, const Box& box) const {
  const bool index = kind_ == AxisKind::index;
  const char* label = index ? "frequency (0 is the highest)" : "wavelength (tokens)";
  if (index) {
    draw_index_ticks(canvas, map, box);
  } else if (main_width_ > 0) {
    const Box main{box.x, box.y, main_width_, box.height};
    auto scale = wavelengths_;
    scale.from += box.x;
    scale.to += box.x;
    draw_x_axis(canvas, main, scale, {.label = "", .ticks = 6});
  }
  if (strip_ < width_) {
    const double x = box.x + (strip_ + width_) / 2;
    canvas.text({x, box.bottom() + (index ? 30 : 15)},
                index ? "\u03b8 = 0" : "\u221e",
                {.size = 11, .anchor = Anchor::middle, .colour = kQuiet});
  }
  canvas.text(
      {box.x + main_width_ / 2, box.bottom() + 30}, label, {.size = 11, .anchor = Anchor::middle});
}

}  // namespace ww
