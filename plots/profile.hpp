// profile.hpp: how large queries (left) and keys (right) are over the frequency, a line a file with
// a band of one standard error; RoPE beside PoPE by wavelength.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Mean over layers and its error over them, or one layer (options.layer) and its error over texts.
/// Throws as usage_figure() does, or where a file has no such layer.
Figure profile_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
