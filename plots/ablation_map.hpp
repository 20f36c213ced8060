// ablation_map.hpp: what interventions cost where: a map an intervention, layer by band of
// wavelengths, red where the loss grows, blue where it falls, hatched where the 95 % interval holds
// 0. Layers that were not run are grey.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// One symmetric scale for all maps, or one each on a separate scale. The variables named in the
/// table must be there.
Figure ablation_map_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
