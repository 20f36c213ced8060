#include "plots/quadrature_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plots/summaries.hpp"

namespace ww {

namespace {

std::vector<std::pair<std::string, std::vector<double>>> controls_of(const NamedProbe& probe,
                                                                     size_t layers) {
  std::vector<std::pair<std::string, std::vector<double>>> controls;
  const auto* const values = find_array(probe, "control/quadrature_share");
  const auto names = probe.file.strings.find("control/control");
  if (values == nullptr || names == probe.file.strings.end()) return controls;
  for (size_t c = 0; c < std::min(names->second.size(), values->shape.at(0)); ++c) {
    std::vector<double> row;
    for (size_t l = 0; l < layers; ++l) row.push_back(value_at(*values, {c, l}));
    if (!finite_values(row).empty()) controls.emplace_back(names->second[c], row);
  }
  return controls;
}

/// [O, L, H] -> [O, L]
std::vector<double> means_over_heads(const Array& shares) {
  std::vector<double> means;
  for (size_t o = 0; o < shares.shape[0]; ++o) {
    for (size_t l = 0; l < shares.shape[1]; ++l) {
      std::vector<double> heads;
      for (size_t h = 0; h < shares.shape[2]; ++h) heads.push_back(value_at(shares, {o, l, h}));
      means.push_back(mean_summary(heads, false));
    }
  }
  return means;
}

}  // namespace

const std::array<HeadPart, 4>& head_parts() {
  static const std::array<HeadPart, 4> table = {{
      {"where", "metrics/share_where", {}},
      {"what", "metrics/share_what", {{-0.85, -0.85}, {0.85, -0.85}, {0.85, 0.85}, {-0.85, 0.85}}},
      {"in-phase", "metrics/share_inphase", {{-1, 0.8}, {1, 0.8}, {0, -1}}},
      {"quadrature", "metrics/share_quadrature", {{0, -1.2}, {1, 0}, {0, 1.2}, {-1, 0}}},
  }};
  return table;
}

std::optional<size_t> HeadShares::largest() const {
  if (std::ranges::any_of(of, [](double share) { return std::isnan(share); })) return std::nullopt;
  return static_cast<size_t>(std::ranges::max_element(of) - of.begin());
}

QuadratureMap quadrature_map(const NamedProbe& probe) {
  const auto& shape = array_of(probe, head_parts()[kQuadrature].variable).shape;
  QuadratureMap map;
  map.about = about(probe);
  map.layers = shape[1];
  map.heads = shape[2];
  map.rotated = rotated_layers(probe, map.layers);
  const size_t last = shape[0] - 1;
  const auto* const ranges = find_array(probe, "offset_range");
  if (ranges != nullptr) {
    map.ranges = ranges->values;
    map.range = static_cast<int64_t>(map.ranges.at(last));
    map.by_range = means_over_heads(array_of(probe, head_parts()[kQuadrature].variable));
  }
  for (size_t l = 0; l < map.layers; ++l) {
    for (size_t h = 0; h < map.heads; ++h) {
      HeadShares head;
      for (size_t p = 0; p < head_parts().size(); ++p) {
        head.of[p] = value_at(array_of(probe, head_parts()[p].variable), {last, l, h});
      }
      map.shares.push_back(head);
    }
  }
  map.mean = array_of(probe, "quadrature_share").values;
  map.error = values_or_nan(probe, "quadrature_share_se", map.layers);
  map.controls = controls_of(probe, map.layers);
  return map;
}

}  // namespace ww
