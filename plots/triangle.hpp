// triangle.hpp: what each head's scores vary by: a disc a head in a triangle whose corners are
// where (the offset alone), what (the contents alone) and interaction (both together); its area is
// the quadrature share Q, the part of the interaction in which content moves tuning curves.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Of the longest offset range, a triangle a file. With options.layer its heads alone, numbered.
/// Throws InputError where a file has no such layer.
Figure triangle_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
