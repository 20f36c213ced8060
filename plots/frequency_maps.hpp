// frequency_maps.hpp: a row of heatmaps beside each other, layer (or head) by frequency, each with
// a colour bar of its own and its profile beneath; and the figure that has such a row a file.
//
//   title
//            Covariance share           V [1]     Fisher importance         I [nat]
//   layer    +----------------------+  ## .5      +----------------------+  ## 1
//     0      |                      |  ## 0       |                      |  ## .1
//     1      |                      |  ## -.5     |                      |  ## .01
//            +----------------------+             +----------------------+
//   mean     |    __--__            |             |    ___-_             |
//            +----------------------+             +----------------------+
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plots/colour_scale.hpp"
#include "plots/figures.hpp"

namespace ww {

/// share: from 0 to 1 whatever the values.
enum class MapColours { linear, log, diverging, share };

struct FrequencyMap {
  std::string name;            // the cells' data-map
  std::string title, symbol;   // above the map; above its bar, with the unit
  std::string unit;            // of the values
  UsageMap rows;               // what rows and columns are
  std::vector<double> values;  // [rows, frequencies]
  MapColours colours = MapColours::linear;
};

/// One file's maps, left to right: equal in number, kind and order in all files.
using FileMaps = std::vector<FrequencyMap>;

class FrequencyMaps {
 public:
  /// Maps of a place share their colours over the files unless `separate`. Throws InputError as
  /// FrequencyAxis() and colour_scale() do.
  FrequencyMaps(std::vector<FileMaps> files, AxisKind axis, bool separate);

  /// Of one file's row of maps, without room for the row numbers left of `corner`.
  double width() const;
  double height(size_t file) const;
  void draw(Canvas& canvas, size_t file, Point corner) const;

  /// " Colours end at ..": what is clipped, hatched or has no value.
  std::string notes() const;

 private:
  Scale profile_scale(size_t file, size_t place, const Box& box) const;
  void draw_map(Canvas& canvas, size_t file, size_t place, Point corner) const;
  double pitch() const;

  std::vector<FileMaps> files_;
  FrequencyAxis axis_;
  bool separate_;
  std::vector<std::vector<ColourScale>> scales_;  // [files, places]
  double mark_rows_ = 0;
};

/// A row a layer; or of `layer` a row a query head. Throws InputError as usage_map() and
/// head_map().
UsageMap map_rows(const NamedProbe& probe, std::optional<size_t> layer);

/// A variable by (layer, head, frequency): its means over heads, NaN left out, [L, F]; or of
/// `layer` a row a head, [H, F].
std::vector<double> map_values(const NamedProbe& probe,
                               const std::string& name,
                               std::optional<size_t> layer);

/// A row of maps for each file, and `text` after what each file is.
Figure frequency_maps_figure(const std::string& title,
                             std::vector<FileMaps> files,
                             const FigureOptions& options,
                             const std::string& text);

}  // namespace ww
