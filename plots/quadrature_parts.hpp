// quadrature_parts.hpp: what stands beside the quadrature map: Q of each layer against the range of
// offsets slid over, and beneath it each frequency's part of Q beside its phase concentration R.
#pragma once

#include <optional>

#include "plots/frequency_maps.hpp"
#include "plots/quadrature_map.hpp"

namespace ww {

/// A line a layer over the ranges, means over heads, the layers' colours from dark to light.
void draw_ranges(Canvas& canvas, const QuadratureMap& map, const Box& box, double top);

/// Nothing where a file lacks the parts or R. Throws InputError as FrequencyMaps() does.
std::optional<FrequencyMaps> quadrature_parts(const std::vector<NamedProbe>& probes, bool separate);

}  // namespace ww
