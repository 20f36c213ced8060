// length.hpp: where usage lies among the wavelengths, beside the lengths that matter: training
// length, longest text, the critical band of Oka et al., and each head's horizon.
//
//           training length |    | critical band
//   layer   +---------------|----|----+----+  share without a full turn
//     0     |   ## ##       |    |    |    |  .02
//           |o--##-##-##----|----|----+-##-|
//     1     |      ## ##    |    |    |    |  .31
//           |---o--##-##-##-|----|----+-##-|
//           1      10     100   1000    inf
//           wavelength (tokens)
//
//   w = Nq Nk, in shares of its sum over a head's frequencies
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// A row a layer, means over heads; with options.layer a row a head. Always over the wavelength.
/// Throws InputError as usage_map() and head_map() do.
Figure length_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
