#include "plots/colours.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace ww {

namespace {

constexpr Colour rgb(unsigned value) {
  return {static_cast<uint8_t>(value >> 16),
          static_cast<uint8_t>(value >> 8),
          static_cast<uint8_t>(value)};
}

constexpr Colour kViridis[] = {rgb(0x440154),
                               rgb(0x482878),
                               rgb(0x3e4a89),
                               rgb(0x31688e),
                               rgb(0x26828e),
                               rgb(0x1f9e89),
                               rgb(0x35b779),
                               rgb(0x6dcd59),
                               rgb(0xb4de2c),
                               rgb(0xfde725)};

constexpr Colour kDiverging[] = {rgb(0x053061),
                                 rgb(0x2166ac),
                                 rgb(0x4393c3),
                                 rgb(0x92c5de),
                                 rgb(0xd1e5f0),
                                 rgb(0xf7f7f7),
                                 rgb(0xfddbc7),
                                 rgb(0xf4a582),
                                 rgb(0xd6604d),
                                 rgb(0xb2182b),
                                 rgb(0x67001f)};

constexpr Colour kCyclic[] = {rgb(0xf7f7f7),
                              rgb(0xd1e5f0),
                              rgb(0x92c5de),
                              rgb(0x4393c3),
                              rgb(0x2166ac),
                              rgb(0x053061),
                              rgb(0x2d1533),
                              rgb(0x67001f),
                              rgb(0xb2182b),
                              rgb(0xd6604d),
                              rgb(0xf4a582),
                              rgb(0xfddbc7),
                              rgb(0xf7f7f7)};

constexpr Colour kLines[] = {rgb(0x0072b2),
                             rgb(0xd55e00),
                             rgb(0x009e73),
                             rgb(0xcc79a7),
                             rgb(0xe69f00),
                             rgb(0x56b4e9),
                             rgb(0x000000),
                             rgb(0x332288),
                             rgb(0x999933),
                             rgb(0x882255)};

uint8_t between(uint8_t from, uint8_t to, double share) {
  return static_cast<uint8_t>(std::lround(from + share * (to - from)));
}

Colour along(std::span<const Colour> anchors, double share) {
  if (std::isnan(share)) return kMissing;
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(anchors.size() - 1);
  const auto below = std::min(static_cast<size_t>(place), anchors.size() - 2);
  const double rest = place - static_cast<double>(below);
  const auto &from = anchors[below], &to = anchors[below + 1];
  return {between(from.red, to.red, rest),
          between(from.green, to.green, rest),
          between(from.blue, to.blue, rest)};
}

}  // namespace

Colour viridis(double share) { return along(kViridis, share); }

Colour diverging(double share) { return along(kDiverging, share); }

Colour cyclic(double share) { return along(kCyclic, share); }

Colour layer_colour(size_t layer, size_t layers) {
  const double depth =
      layers > 1 ? static_cast<double>(layer) / static_cast<double>(layers - 1) : 0;
  return viridis(0.88 * depth);
}

Colour line_colour(size_t index) { return kLines[index % std::size(kLines)]; }

}  // namespace ww
