#include "plots/usage_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const Array& variable(const NamedProbe& probe, const std::string& name) {
  const auto* const found = find_array(probe, name);
  check(found != nullptr,
        "{}: no variable '{}'; was it written by `whatwhere probe`?",
        probe.name,
        name);
  return *found;
}

/// Refuses what is no size. `where` names the place of value i.
template <typename Where>
void check_sizes(const std::vector<double>& values, const Where& where) {
  for (size_t i = 0; i < values.size(); ++i) {
    check(std::isnan(values[i]) || (values[i] >= 0 && std::isfinite(values[i])),
          "{}; a size is finite and not negative",
          where(i));
  }
}

/// A [L, F] variable without negative or infinite values.
const std::vector<double>& map_of(const NamedProbe& probe,
                                  const std::string& name,
                                  const std::vector<size_t>& shape) {
  const auto& array = variable(probe, name);
  check(array.shape == shape && array.values.size() == shape[0] * shape[1],
        "{}: '{}' does not have the shape of 'theta', (layer, frequency) = ({}, {})",
        probe.name,
        name,
        shape[0],
        shape[1]);
  check_sizes(array.values, [&](size_t i) {
    return fmt::format("{}: '{}' is {} at layer {}, frequency {}",
                       probe.name,
                       name,
                       array.values[i],
                       i / shape[1],
                       i % shape[1]);
  });
  return array.values;
}

bool same_wavelengths(const UsageMap& map, size_t one, size_t other) {
  for (size_t f = 0; f < map.frequencies; ++f) {
    const double a = map.wavelength[map.at(one, f)], b = map.wavelength[map.at(other, f)];
    if (a != b && !(std::isnan(a) && std::isnan(b))) return false;
  }
  return true;
}

}  // namespace

UsageMap usage_map(const NamedProbe& probe) {
  const auto& shape = variable(probe, "theta").shape;
  check(shape.size() == 2 && shape[0] > 0 && shape[1] > 0,
        "{}: 'theta' is not (layer, frequency); there is nothing to draw",
        probe.name);
  UsageMap map;
  static_cast<ProbeAbout&>(map) = about(probe);
  map.layers = shape[0];
  map.frequencies = shape[1];
  map.query = map_of(probe, "query_norm_mean", shape);
  map.key = map_of(probe, "key_norm_mean", shape);
  for (const double theta : map_of(probe, "theta", shape)) {
    map.wavelength.push_back(2 * std::numbers::pi / theta);  // inf at 0, NaN stays
  }
  check(!std::all_of(
            map.wavelength.begin(), map.wavelength.end(), [](double w) { return std::isnan(w); }),
        "{}: 'theta' has no value; there is nothing to draw",
        probe.name);
  map.rotated = rotated_layers(probe, map.layers);
  return map;
}

UsageMap head_map(const NamedProbe& probe, size_t layer, bool keys) {
  const auto whole = usage_map(probe);
  check_there(probe, "layer", layer, whole.layers);
  const std::string name = keys ? "per_head/key_norm_mean" : "per_head/query_norm_mean";
  const auto& array = variable(probe, name);
  check(array.shape.size() == 3 && array.shape[0] == whole.layers &&
            array.shape[2] == whole.frequencies,
        "{}: '{}' does not have the layers and frequencies of 'theta'",
        probe.name,
        name);
  UsageMap map = whole;
  const size_t F = whole.frequencies, H = array.shape[1];
  const auto from = [](size_t i) { return static_cast<std::ptrdiff_t>(i); };
  const auto start = array.values.begin() + from(layer * H * F);
  const std::vector<double> norms(start, start + from(H * F));
  check_sizes(norms, [&](size_t i) {
    return fmt::format(
        "{}: '{}' is {} at layer {}, head {}", probe.name, name, norms[i], layer, i / F);
  });
  map.row = keys ? "key head" : "head";
  map.layers = H;
  map.query = map.key = norms;
  map.rotated.assign(H, whole.rotated[layer]);
  map.wavelength.clear();
  for (size_t h = 0; h < H; ++h) {
    const auto row = whole.wavelength.begin() + from(layer * F);
    map.wavelength.insert(map.wavelength.end(), row, row + from(F));
  }
  return map;
}

std::vector<double> head_products(const NamedProbe& probe, size_t layer) {
  const auto queries = head_map(probe, layer, false), keys = head_map(probe, layer, true);
  std::vector<double> products;
  for (size_t h = 0; h < queries.layers; ++h) {
    const size_t key_head = h * keys.layers / queries.layers;
    for (size_t f = 0; f < queries.frequencies; ++f) {
      products.push_back(queries.query[queries.at(h, f)] * keys.key[keys.at(key_head, f)]);
    }
  }
  return products;
}

std::vector<std::vector<size_t>> layers_by_frequencies(const UsageMap& map) {
  std::vector<std::vector<size_t>> sets;
  for (size_t l = 0; l < map.layers; ++l) {
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const auto& set) {
      return same_wavelengths(map, set.front(), l);
    });
    if (found == sets.end()) {
      sets.push_back({l});
    } else {
      found->push_back(l);
    }
  }
  return sets;
}

MeanOverLayers mean_over_layers(const UsageMap& map,
                                const std::vector<double>& values,
                                const std::vector<size_t>& layers,
                                size_t frequency) {
  std::vector<double> found;
  for (const size_t l : layers) {
    const double value = values[map.at(l, frequency)];
    if (!std::isnan(value)) found.push_back(value);
  }
  const auto n = static_cast<double>(found.size());
  if (found.empty()) return {kNone, kNone};
  const double mean = std::accumulate(found.begin(), found.end(), 0.0) / n;
  if (found.size() == 1) return {mean, kNone};
  double squares = 0;
  for (const double value : found) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

}  // namespace ww
