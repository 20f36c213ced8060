#include "plots/phase_clouds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace ww {

namespace {

/// A head's value of one side's variable.
struct Side {
  const NamedProbe& probe;
  std::string name;  // "query", "key"
  size_t layer, head;

  double of(const char* what, size_t frequency) const {
    return value_at(array_of(probe, "per_head/" + name + what), {layer, head, frequency});
  }
};

std::vector<Point> samples_of(const Side& side, size_t frequency, double norm, size_t shown) {
  std::vector<Point> points;
  if (shown == 0) return points;
  const auto &re = array_of(side.probe, "samples/" + side.name + "_re"),
             &im = array_of(side.probe, "samples/" + side.name + "_im");
  const size_t N = re.shape[3];
  for (size_t i = 0; i < shown; ++i) {
    const size_t n = i * N / shown;
    const Point z{value_at(re, {side.layer, side.head, frequency, n}) / norm,
                  value_at(im, {side.layer, side.head, frequency, n}) / norm};
    if (std::isfinite(z.x) && std::isfinite(z.y)) points.push_back(z);
  }
  return points;
}

Cloud cloud_of(const Side& side, size_t frequency, size_t shown) {
  const double norm = side.of("_norm_mean", frequency), cv = side.of("_norm_cv", frequency);
  const double re = side.of("_mean_re", frequency) / norm;
  const double im = side.of("_mean_im", frequency) / norm;
  const double square_re = side.of("_square_re", frequency) / (norm * norm);
  const double square_im = side.of("_square_im", frequency) / (norm * norm);
  const double size = 1 + cv * cv;  // E|z|^2
  return {.mean = {re, im},
          .xx = std::max(0.0, (size + square_re) / 2 - re * re),
          .xy = square_im / 2 - re * im,
          .yy = std::max(0.0, (size - square_re) / 2 - im * im),
          .samples = samples_of(side, frequency, norm, shown)};
}

/// How many samples the file has; 0 where it lacks one of the parts.
size_t sample_count(const NamedProbe& probe) {
  const std::vector<std::string> names = {
      "samples/query_re", "samples/query_im", "samples/key_re", "samples/key_im"};
  for (const auto& name : names) {
    if (find_array(probe, name) == nullptr) return 0;
  }
  auto all = names;
  all.insert(all.end(), {"per_head/query_norm_mean", "per_head/key_norm_mean"});
  require_variables(probe, all, "the figure 'phase'", "");
  return array_of(probe, names.front()).shape[3];
}

double metric(const NamedProbe& probe, const char* name, size_t l, size_t h, size_t f) {
  const auto* const array = find_array(probe, name);
  return array == nullptr ? std::numeric_limits<double>::quiet_NaN() : value_at(*array, {l, h, f});
}

}  // namespace

double Cloud::concentration() const { return std::hypot(mean.x, mean.y); }

std::vector<Point> Cloud::ellipse(size_t count) const {
  // a unit circle through the covariance's triangular root
  const double a = std::sqrt(xx), b = a > 0 ? xy / a : 0, c = std::sqrt(std::max(0.0, yy - b * b));
  std::vector<Point> points;
  for (size_t i = 0; i < count; ++i) {
    const double turn =
        2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(count - 1);
    const double u = std::cos(turn), v = std::sin(turn);
    points.push_back({mean.x + a * u, mean.y + b * u + c * v});
  }
  return points;
}

PhaseFile phase_file(const NamedProbe& probe, size_t layer, size_t head, size_t most) {
  const auto queries = head_map(probe, layer, false);
  const size_t H = queries.layers, Hk = array_of(probe, "per_head/key_norm_mean").shape[1];
  check_there(probe, "head", head, H);
  PhaseFile file{.about = about(probe),
                 .layer = layer,
                 .head = head,
                 .key_head = head * Hk / H,
                 .rotated = queries.rotated[head],
                 .samples = sample_count(probe),
                 .panels = {}};
  file.shown = std::min(file.samples, std::max<size_t>(1, most / (2 * queries.frequencies)));
  for (size_t f = 0; f < queries.frequencies; ++f) {
    const double wavelength = queries.wavelength[queries.at(head, f)];
    if (std::isnan(wavelength)) continue;
    file.panels.push_back({.frequency = f,
                           .wavelength = wavelength,
                           .query = cloud_of({probe, "query", layer, head}, f, file.shown),
                           .key = cloud_of({probe, "key", layer, file.key_head}, f, file.shown),
                           .resultant = metric(probe, "metrics/resultant", layer, head, f),
                           .axis = metric(probe, "metrics/quadrature_axis", layer, head, f)});
  }
  return file;
}

}  // namespace ww
