// kernel.hpp: how a head's mean score depends on the offset between query and key: K(offset), a
// small panel a layer, offsets on a logarithmic axis of 1 + offset. One file: a thin line a head,
// their mean over it; one head: its curve and, beneath, the attention that it pays. Several files:
// a line each, the mean over heads or the head asked for. Lines join neighbouring offsets alone:
// between sampled ones a curve may turn unseen.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// All layers and heads, or options.layer, options.head. Curves are drawn about their own mean over
/// the offsets: softmax leaves out a constant. Throws InputError where a file has no such layer or
/// head.
Figure kernel_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
