// quadrature.hpp: Q, the fraction of the variance of attention scores in which content shifts
// distance curves.
#pragma once

#include "plots/findings/usage_shares.hpp"

namespace ww {

/// Mean over layers, with its interval over texts. The value is NaN where the file has none.
Measured mean_quadrature(const NamedProbe& probe);

}  // namespace ww
