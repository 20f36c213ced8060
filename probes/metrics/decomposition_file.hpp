// decomposition_file.hpp: the counterfactual decomposition of decomposition.hpp as variables.
#pragma once

#include "probes/metrics.hpp"

namespace ww {

/// Root: quadrature_share of each layer over the longest text, with its jackknife error over blocks
/// of texts. /metrics: the five shares of every head and range of offsets, each chunk's part of
/// the quadrature share, its own share alone, and the share of what depends on position.
void write_decomposition(const MetricInput& input, ProbeFile& file);

/// The quadrature share of each layer over the longest text, [L]: ratio of sums over heads.
at::Tensor quadrature_shares(const MetricInput& input);

}  // namespace ww
