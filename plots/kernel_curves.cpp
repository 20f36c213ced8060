#include "plots/kernel_curves.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ww {

namespace {

double mean_of(const Curve& curve) {
  return std::accumulate(curve.begin(), curve.end(), 0.0) / static_cast<double>(curve.size());
}

Curve centred(Curve curve) {
  const double mean = mean_of(curve);
  for (double& value : curve) value -= mean;
  return curve;
}

bool finite(const Curve& curve) {
  return std::ranges::all_of(curve, [](double value) { return std::isfinite(value); });
}

Curve curve_at(const Array& array, size_t layer, size_t head) {
  Curve curve;
  for (size_t i = 0; i < array.shape[2]; ++i) curve.push_back(value_at(array, {layer, head, i}));
  return curve;
}

LayerCurves layer_curves(const NamedProbe& probe, size_t layer, std::optional<size_t> only) {
  const auto& kernel = array_of(probe, "metrics/kernel");
  LayerCurves curves{layer, {}, {}, {}};
  for (size_t h = 0; h < kernel.shape[1]; ++h) {
    auto curve = curve_at(kernel, layer, h);
    if ((!only || *only == h) && finite(curve)) curves.heads.push_back(centred(std::move(curve)));
  }
  if (curves.heads.empty()) return curves;
  curves.main.assign(kernel.shape[2], 0);
  for (const auto& head : curves.heads) {
    for (size_t i = 0; i < head.size(); ++i) {
      curves.main[i] += head[i] / static_cast<double>(curves.heads.size());
    }
  }
  const auto* const slash = find_array(probe, "metrics/slash");
  if (only && slash != nullptr && slash->shape == kernel.shape) {
    curves.slash = curve_at(*slash, layer, *only);
    if (!finite(curves.slash)) curves.slash.clear();
  }
  return curves;
}

}  // namespace

KernelFile kernel_file(const NamedProbe& probe, const FigureOptions& options) {
  const auto& shape = array_of(probe, "metrics/kernel").shape;
  check_there(probe, "layer", options.layer, shape[0]);
  check_there(probe, "head", options.head, shape[1]);
  KernelFile file{about(probe), array_of(probe, "lag").values, {}};
  for (size_t l = 0; l < shape[0]; ++l) {
    if (options.layer && *options.layer != l) continue;
    file.layers.push_back(layer_curves(probe, l, options.head));
  }
  return file;
}

std::vector<LagRun> lag_runs(const std::vector<double>& lags) {
  std::vector<LagRun> runs;
  for (size_t i = 0; i < lags.size(); ++i) {
    if (i == 0 || lags[i] - lags[i - 1] != 1) runs.push_back({i, 0});
    ++runs.back().count;
  }
  return runs;
}

const LayerCurves* curves_of(const KernelFile& file, size_t layer) {
  const auto found = std::ranges::find(file.layers, layer, &LayerCurves::layer);
  return found == file.layers.end() ? nullptr : &*found;
}

}  // namespace ww
