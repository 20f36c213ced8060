// ablation_layers.hpp: what interventions cost in models of many layers: bars for all layers at
// once, and for each intervention a row of panels over the layers (ablation_rows.hpp).
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Each intervention has an axis and colours of its own, the same in all files; on a separate scale
/// each panel has. Throws InputError where nothing was measured.
Figure ablation_layers_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
