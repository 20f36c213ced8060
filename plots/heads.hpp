// heads.hpp: what each head attends to, layer by head: the attention on position 0 (sink), the
// entropy over what it can see, the largest attention at a fixed offset (slash, with the offset);
// and, where the file has them, whether attention stays with places or goes with contents when
// blocks are swapped.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// A row of maps a file.
Figure heads_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
