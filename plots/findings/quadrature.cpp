#include "plots/findings/quadrature.hpp"

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"

namespace ww {

// Layers share their texts, so their errors are added as if they moved together: the interval is at
// least wide enough.
Measured mean_quadrature(const NamedProbe& probe) {
  const auto* const share = find_array(probe, "quadrature_share");
  const auto known = share == nullptr ? std::vector<double>{} : finite_values(share->values);
  if (known.empty()) return {std::nan(""), std::nan(""), std::nan(""), 0};
  const auto texts = static_cast<size_t>(std::max<int64_t>(0, about(probe).texts));
  const auto errors =
      finite_values(values_or_nan(probe, "quadrature_share_se", share->values.size()));
  const double value = mean(known);
  const double half = texts > 1 && errors.size() == known.size()
                          ? t_quantile(0.975, static_cast<double>(texts - 1)) * mean(errors)
                          : std::nan("");
  return {value, value - half, value + half, texts};
}

}  // namespace ww
