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
  const auto found = probe.file.variables.find(name);
  check(found != probe.file.variables.end(),
        "{}: no variable '{}'; was it written by `whatwhere probe`?",
        probe.name,
        name);
  return found->second;
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
  for (size_t i = 0; i < array.values.size(); ++i) {
    check(std::isnan(array.values[i]) || (array.values[i] >= 0 && std::isfinite(array.values[i])),
          "{}: '{}' is {} at layer {}, frequency {}; a size is finite and not negative",
          probe.name,
          name,
          array.values[i],
          i / shape[1],
          i % shape[1]);
  }
  return array.values;
}

std::string text_attribute(const ProbeFile& file, const std::string& name) {
  const auto found = file.text_attributes.find(name);
  return found == file.text_attributes.end() ? "" : found->second;
}

std::string title_of(const NamedProbe& probe) {
  const auto model = text_attribute(probe.file, "model_id");
  const auto encoding = text_attribute(probe.file, "pe_type");
  const auto name = model.empty() ? probe.name : model;
  return encoding.empty() ? name : fmt::format("{} ({})", name, encoding);
}

void add_texts(UsageMap& map, const ProbeFile& file) {
  const auto length = file.integer_attributes.find("train_length");
  if (length != file.integer_attributes.end())
    map.train_length = std::max<int64_t>(0, length->second);
  const auto tokens = file.variables.find("n_tokens");
  if (tokens == file.variables.end()) return;
  map.texts = static_cast<int64_t>(tokens->second.values.size());
  for (const double count : tokens->second.values) {
    map.tokens += static_cast<int64_t>(count);
    map.longest_text = std::max(map.longest_text, static_cast<int64_t>(count));
  }
}

std::vector<bool> rotated_layers(const ProbeFile& file, size_t layers) {
  std::vector<bool> rotated(layers, true);
  const auto enabled = file.variables.find("pe_enabled");
  if (enabled == file.variables.end()) return rotated;
  for (size_t l = 0; l < std::min(layers, enabled->second.values.size()); ++l) {
    rotated[l] = enabled->second.values[l] != 0;
  }
  return rotated;
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
  map.title = title_of(probe);
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
  map.rotated = rotated_layers(probe.file, map.layers);
  map.averaging = text_attribute(probe.file, "averaging");
  add_texts(map, probe.file);
  return map;
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
