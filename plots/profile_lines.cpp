#include "plots/profile_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ww {

namespace {

double filled(double value) { return std::isnan(value) ? 0 : value; }

/// A point of a profile with its standard error; a run is unbroken: no hole, no leap to the strip.
struct ProfilePoint {
  size_t frequency;
  ColumnSpan column;
  MeanOverLayers value;
};
using Run = std::vector<ProfilePoint>;

std::vector<Run> runs_of(const ProfileLine& line) {
  std::vector<ProfilePoint> samples;
  for (size_t f = 0; f < line.map.frequencies; ++f) {
    const auto column = line.axis.column(line.map, line.layer, f);
    const auto value = line.value(f);
    if (column && !std::isnan(value.mean)) samples.push_back({f, *column, value});
  }
  std::ranges::stable_sort(samples, {}, [](const auto& sample) { return sample.column.left; });
  std::vector<Run> runs;
  for (const auto& sample : samples) {
    const bool apart = runs.empty() || sample.column.left > runs.back().back().column.right + 1;
    if (apart) runs.emplace_back();
    runs.back().push_back(sample);
  }
  return runs;
}

/// Within the plot: a logarithmic axis has no place for what is not positive.
double height_of(const Scale& y, double value) { return y(std::max(value, y.low)); }

void draw_band(Canvas& canvas, const Box& box, const Scale& y, const Run& run, Colour colour) {
  std::vector<Point> edge;
  const auto add = [&](const ProfilePoint& sample, double sign) {
    const double error = filled(sample.value.standard_error);
    edge.push_back(
        {box.x + sample.column.centre(), height_of(y, sample.value.mean + sign * error)});
  };
  for (const auto& sample : run) add(sample, 1);
  for (auto sample = run.rbegin(); sample != run.rend(); ++sample) add(*sample, -1);
  if (run.size() > 1) {
    canvas.polygon(edge, colour, 0.22);
  } else {
    canvas.line(edge[0], edge[1], {.colour = colour, .width = 4, .opacity = 0.3});
  }
}

Meaning meaning_of(const ProfileLine& line, const ProfilePoint& sample) {
  const double wavelength = line.map.wavelength[line.map.at(line.layer, sample.frequency)];
  const double error = sample.value.standard_error;
  return {fmt::format("{}, {}, frequency {}, wavelength {:.4g}: {:.4g}{}",
                      line.map.title,
                      line.name,
                      sample.frequency,
                      wavelength,
                      sample.value.mean,
                      std::isnan(error) ? "" : fmt::format(" \u00b1 {:.2g}", error)),
          {{"map", line.name},
           {"frequency", fmt::format("{}", sample.frequency)},
           {"value", fmt::format("{:.9g}", sample.value.mean)},
           {"error", std::isnan(error) ? "NaN" : fmt::format("{:.9g}", error)}}};
}

}  // namespace

void draw_profile_line(Canvas& canvas, const Box& box, const Scale& y, const ProfileLine& line) {
  for (const auto& run : runs_of(line)) {
    draw_band(canvas, box, y, run, line.stroke.colour);
    std::vector<Point> points;
    for (const auto& sample : run) {
      points.push_back({box.x + sample.column.centre(), height_of(y, sample.value.mean)});
    }
    if (points.size() > 1) canvas.polyline(points, line.stroke);
    for (size_t i = 0; i < points.size(); ++i) {
      canvas.circle(points[i], 2, line.stroke.colour, meaning_of(line, run[i]));
    }
  }
}

/// The layers that share a line of the profile: by index all, by wavelength those that agree.
std::vector<std::vector<size_t>> profile_sets(const UsageMap& map, const FrequencyAxis& axis) {
  if (axis.kind() == AxisKind::wavelength) return layers_by_frequencies(map);
  std::vector<size_t> layers(map.layers);
  std::iota(layers.begin(), layers.end(), 0);
  return {layers};
}

double profile_peak(const UsageMap& map,
                    const std::vector<double>& values,
                    const FrequencyAxis& axis) {
  double peak = 0;
  for (const auto& layers : profile_sets(map, axis)) {
    for (size_t f = 0; f < map.frequencies; ++f) {
      const auto value = mean_over_layers(map, values, layers, f);
      peak = std::max(peak, filled(value.mean) + filled(value.standard_error));
    }
  }
  return peak;
}

}  // namespace ww
