// contribution.hpp: what each frequency adds to the scores as they are: its share of their variance
// over the visible keys (left; negative where it opposes the others) and its Fisher importance, the
// loss of information in the pattern without it to second order (right, a logarithmic scale).
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Means over heads; with options.layer a row a head. Throws InputError as usage_map() does.
Figure contribution_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
