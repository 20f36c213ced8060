// offset.hpp: the offset that the mean chunk of each head and frequency prefers, against the
// wavelength, and how sharply: the spread is that of its phases in tokens.
//
//   Delta* = (arg E g mod 2 pi) / theta, spread = sqrt(-2 ln R) / theta; none at theta = 0
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// A panel a file; with options.layer or options.head those alone, with bars of one spread. Throws
/// InputError where a file has no such layer or head, and as usage_map() does.
Figure offset_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
