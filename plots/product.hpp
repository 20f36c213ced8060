// product.hpp: the geometric mean of the norms of queries and keys by layer and frequency: what a
// checkpoint identifies, for a frequency may be larger in queries and smaller in keys at no change
// of any score.
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// With options.layer a row a query head, with the keys that it reads. Throws InputError as
/// usage_map() and head_map() do.
Figure product_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
