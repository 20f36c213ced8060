// delta.hpp: PoPE's learned phases: what the keys of each key head are turned by at each frequency,
// a block of rows a layer. Colours go round once over [-2 pi, 0], as phases do: both ends, no turn
// and a whole one, are white.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// All layers, or options.layer. On a separate scale each file's colours go from 0 to its own
/// farthest phase, so that small ones show. The variables named in the table must be there.
Figure delta_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
