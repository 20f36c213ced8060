// ablation.hpp: what interventions cost: a panel for all layers at once and one for each layer;
// in it a group of bars a target (band or head), a colour an intervention, controls of equal size
// in grey beside each bar. Where more than six layers were run there is a row of panels an
// intervention instead (ablation_layers.hpp).
//
//   layer 3, by band of wavelengths
//    .2 |  #|                 # zero   : random  - matched
//       |  #:-     #|
//     0 +--------------------
//          6-20    20-63
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// All layers, or options.layer. Panels of one kind share their axis unless the scale is separate.
/// Throws InputError where nothing was measured.
Figure ablation_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
