// usage_panel.hpp: one panel of the usage figure: a heatmap, the profile beneath it, and marks
// where a length in tokens falls among the wavelengths.
#pragma once

#include <string>
#include <vector>

#include "plots/colour_scale.hpp"
#include "plots/frequency_axis.hpp"

namespace ww {

struct UsagePanel {
  const UsageMap& map;
  const std::vector<double>& values;  // [L, F], of the map
  const FrequencyAxis& axis;
  const ColourScale& scale;
  bool outer = true;  // whether the numbers of the y axes stand beside it

  /// A cell a layer and frequency, with data-map, data-layer, data-frequency, data-value; layers
  /// without position encoding are hatched.
  void draw_heat(Canvas& canvas, const Box& box, const std::string& name) const;
  /// The mean over layers with a band of one standard error; a line for each set of layers with
  /// the same frequencies. The axis ends at `top`, or at the panel's own peak where that is 0.
  void draw_profile(Canvas& canvas, const Box& box, double top) const;
  /// Dashed lines through both boxes; their labels begin at the baseline `label`.
  void draw_marks(Canvas& canvas, const Box& heat, const Box& profile, double label) const;

 private:
  void draw_cell(Canvas& canvas, const Box& box, const std::string& name, size_t l, size_t f) const;
  void draw_line(Canvas& canvas,
                 const Box& box,
                 const Scale& y,
                 const std::vector<size_t>& layers,
                 Colour colour) const;
};

/// A length worth knowing beside the wavelengths.
struct LengthMark {
  std::string label;
  double x = 0;  // pixels from the panel's left edge
  Anchor anchor = Anchor::start;
  size_t row = 0;  // of the label, from the top
};
std::vector<LengthMark> length_marks(const UsageMap& map, const FrequencyAxis& axis);

/// Pixels that the map's layers take.
double heat_height(const UsageMap& map);

/// The largest mean plus standard error of a profile.
double profile_peak(const UsageMap& map,
                    const std::vector<double>& values,
                    const FrequencyAxis& axis);

}  // namespace ww
