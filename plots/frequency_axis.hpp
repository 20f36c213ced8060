// frequency_axis.hpp: where a layer's frequencies stand from left (highest) to right (lowest): by
// index, or by the logarithm of their wavelength. Frequencies with theta = 0 (infinite wavelength)
// stand in a strip of their own at the right.
#pragma once

#include <optional>
#include <vector>

#include "plots/axis.hpp"
#include "plots/usage_map.hpp"

namespace ww {

enum class AxisKind { automatic, index, wavelength };

struct ColumnSpan {
  double left = 0, right = 0;  // pixels from the panel's left edge
  double centre() const { return (left + right) / 2; }
};

class FrequencyAxis {
 public:
  /// One axis for all maps, `width` pixels wide. `automatic` is the index where all maps have the
  /// same frequencies, else the wavelength. Throws InputError where the index is asked for and the
  /// maps' frequencies differ: equal indices would not be equal frequencies. Among wavelengths,
  /// `lengths` (tokens, > 0) have a place too.
  FrequencyAxis(AxisKind kind,
                const std::vector<UsageMap>& maps,
                double width,
                const std::vector<double>& lengths = {});

  /// Nothing where the layer has no such frequency (padding, by wavelength).
  std::optional<ColumnSpan> column(const UsageMap& map, size_t layer, size_t frequency) const;

  /// Where a length in tokens falls among the wavelengths; nothing outside of them, or by index
  /// where layers differ.
  std::optional<double> place(const UsageMap& map, double tokens) const;

  /// Ticks and label below `box`, the panel.
  void draw(Canvas& canvas, const UsageMap& map, const Box& box) const;

  AxisKind kind() const { return kind_; }
  double width() const { return width_; }
  double main_width() const { return main_width_; }
  /// Left edge of the strip for theta = 0, equal to width() where there is none.
  double strip() const { return strip_; }

 private:
  void set_domain(const std::vector<UsageMap>& maps, const std::vector<double>& lengths);
  void draw_index_ticks(Canvas& canvas, const UsageMap& map, const Box& box) const;

  AxisKind kind_;
  double width_, main_width_, strip_;
  Scale wavelengths_;  // tokens to pixels, logarithmic
};

}  // namespace ww
