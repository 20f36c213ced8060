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

namespace {

/// The chunks that a band leaves; none where they are fewer than its own.
Band outside_of(const Band& band, int64_t chunks) {
  Band outside;
  for (int64_t c = 0; c < chunks; ++c) {
    if (!std::ranges::binary_search(band, c)) outside.push_back(c);
  }
  return outside.size() < band.size() ? Band{} : outside;
}

}  // namespace

Band random_band(const Band& band, int64_t chunks, uint64_t seed, uint64_t index) {
  const auto outside = outside_of(band, chunks);
  if (outside.empty()) return {};
  Draw draw(seed, index, fnv32("random band"));
  Band drawn;
  for (const auto i :
       draw.distinct(static_cast<int>(outside.size()), static_cast<int>(band.size()))) {
    drawn.push_back(outside[static_cast<size_t>(i)]);
  }
  std::ranges::sort(drawn);
  return drawn;
}

Band matched_band(const Band& band, const at::Tensor& usage) {
  auto outside = outside_of(band, usage.numel());
  if (outside.empty()) return {};
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
