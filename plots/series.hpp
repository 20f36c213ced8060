// series.hpp: checkpoints of a training, a probe file each, as lines over the step: the wavelength
// that usage centres on, the quadrature share, and what else every file has. Files of one encoding
// and seed are one training; one alone shows its layers, several their means.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Files may come in any order. Throws InputError where a file has no training step, where two of
/// one training have the same, or where no training has two files.
Figure series_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
