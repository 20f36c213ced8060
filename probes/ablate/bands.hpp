// bands.hpp: which chunks are intervened on together, and what they are compared with.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace ww {

using Band = std::vector<int64_t>;  // chunks, ascending

/// Chunks that turn, cut by index into `count` bands of sizes that differ by at most one; those
/// that never turn follow as a band of their own. Fewer bands where there are fewer chunks.
std::vector<Band> make_bands(const at::Tensor& theta, int64_t count);

/// As many chunks as the band has, drawn from those outside of it: draw `index` of a seed; empty
/// where too few are outside.
Band random_band(const Band& band, int64_t chunks, uint64_t seed, uint64_t index);

/// The chunks outside the band whose usage is nearest to that of the band's, one for each; empty
/// where too few are outside. usage [F].
Band matched_band(const Band& band, const at::Tensor& usage);

}  // namespace ww
