// usage.hpp: the usage figure: how large queries (left) and keys (right) are at each frequency of
// each layer, layer 0 on top, with the mean over layers beneath. Several files stand one above
// the other under one colour scale and one frequency axis.
//
//   title
//            Queries                 Keys                 Mean norm
//   layer    +------------------+    +------------------+  ##  3
//     0      |                  |    |                  |  ##  2
//     1      |                  |    |                  |  ##  1
//            +------------------+    +------------------+
//   mean     |   __--__         |    |    __---__       |
//            +------------------+    +------------------+
//            0    1    2    3        0    1    2    3
//   caption
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Throws InputError where a file lacks a variable, holds a value that is no size, or has other
/// frequencies than the first and the axis is the index.
Figure usage_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

/// The same for one layer, options.layer (0): a row a head, key heads as high as the query heads
/// that read them together, the mean over heads beneath. Throws as usage_figure() does.
Figure usage_heads_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
