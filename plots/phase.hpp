// phase.hpp: where the chunks of a head's queries and keys lie in the complex plane, a panel a
// frequency: sampled tokens, the mean with a line from the origin, an ellipse of one standard
// deviation. On a ray content sets magnitudes alone; round the origin it sets phases.
//
//   title, layer 0, head 0
//   0: 6.3 tokens  R .59, q .21     1: 62.8 tokens  R .93, q .05
//   +-----------------+             +-----------------+
//   |    .--.  key    |             |         .-.     |
//   |   ( .  ) o      |             |    o---( . )    |
//   |    '--' query   |             |         '-'     |
//   +-----------------+             +-----------------+
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Of options.layer and options.head, 0 where not given. Throws as phase_file() does.
Figure phase_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
