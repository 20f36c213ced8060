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
  std::string unit = "1";

  /// A cell a layer and frequency, with data-map, data-layer, data-frequency, data-value; layers
  /// without position encoding are hatched.
  void draw_heat(Canvas& canvas, const Box& box, const std::string& name) const;
  /// The mean over layers with a band of one standard error; a line for each set of layers with
  /// the same frequencies.
  void draw_profile(Canvas& canvas, const Box& box, const Scale& y) const;

 private:
  void draw_cell(Canvas& canvas, const Box& box, const std::string& name, size_t l, size_t f) const;
};

/// A length worth knowing beside the wavelengths.
struct LengthMark {
  std::string label;
  double x = 0;  // pixels from the panel's left edge
  Anchor anchor = Anchor::start;
  size_t row = 0;                  // of the label, from the top
  std::optional<Colour> own = {};  // instead of the panel's
};
/// Wavelength of the critical band of Oka et al., tokens.
double critical_wavelength(int64_t train_length);

/// Training length, longest text and critical band of the maps, a mark for each length.
std::vector<LengthMark> length_marks(const std::vector<UsageMap>& maps, const FrequencyAxis& axis);

/// Dashed lines through the boxes, which stand one below the other at `left`; the labels' first row
/// lies below the baseline `label`.
void draw_length_marks(Canvas& canvas,
                       const std::vector<LengthMark>& marks,
                       double left,
                       double label,
                       const std::vector<Box>& boxes,
                       Colour colour = {0xd5, 0x5e, 0x00});

/// Pixels that the map's layers take.
double heat_height(const UsageMap& map);

}  // namespace ww
