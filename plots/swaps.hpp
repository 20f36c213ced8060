// swaps.hpp: whether attention stays with places or goes with contents when two blocks of a text
// are exchanged, a dot a head.
#pragma once

#include <optional>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/probe_values.hpp"

namespace ww {

struct Swaps {
  size_t layers = 0, heads = 0;
  std::vector<double> place, content;              // [L, H]: s_pos, s_sym
  std::vector<double> place_error, content_error;  // NaN where there is none
  std::vector<bool> rotated;                       // [L]

  /// Whether any text was long enough and any head saw the blocks.
  bool any() const;
};
/// Nothing where the file has none.
std::optional<Swaps> swaps_of(const NamedProbe& probe);

constexpr double kSwapSide = 230;  // of the square below, px

/// Both cosines of each head with their standard errors, from -1 or 0 to 1, of which there are
/// some; the title is above.
void draw_swaps(Canvas& canvas, const Swaps& swaps, Point corner);

}  // namespace ww
