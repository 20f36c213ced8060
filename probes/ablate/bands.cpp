#include "probes/ablate/bands.hpp"

#include <algorithm>
#include <cmath>

#include "base/philox.hpp"

namespace ww {

std::vector<Band> make_bands(const at::Tensor& theta, int64_t count) {
  Band turning, still;
  for (int64_t c = 0; c < theta.numel(); ++c) {
    (theta[c].item<double>() > 0 ? turning : still).push_back(c);
  }
  const auto n = static_cast<int64_t>(turning.size());
  const auto most = std::min(count, n);
  std::vector<Band> bands;
  for (int64_t b = 0; b < most; ++b) {
    bands.emplace_back(turning.begin() + b * n / most, turning.begin() + (b + 1) * n / most);
  }
  if (!still.empty()) bands.push_back(still);
  return bands;
}

Band random_band(int64_t chunks, size_t size, uint64_t seed, uint64_t index) {
  Draw draw(seed, index, fnv32("random band"));
  const auto drawn = draw.distinct(static_cast<int>(chunks), static_cast<int>(size));
  Band band(drawn.begin(), drawn.end());
  std::ranges::sort(band);
  return band;
}

Band matched_band(const Band& band, const at::Tensor& usage) {
  Band outside;
  for (int64_t c = 0; c < usage.numel(); ++c) {
    if (!std::ranges::binary_search(band, c)) outside.push_back(c);
  }
  if (outside.size() < band.size()) return {};
  Band matched;
  for (const auto chunk : band) {
    const auto distance = [&](int64_t c) {
      return std::abs(usage[c].item<double>() - usage[chunk].item<double>());
    };
    const auto nearest = std::ranges::min_element(outside, {}, distance);
    matched.push_back(*nearest);
    outside.erase(nearest);
  }
  std::ranges::sort(matched);
  return matched;
}

}  // namespace ww
