// kernel_curves.hpp: what the kernel figure takes from a probe file.
#pragma once

#include <vector>

#include "plots/figures.hpp"

namespace ww {

/// A value an offset.
using Curve = std::vector<double>;

/// One file's curves of one layer.
struct LayerCurves {
  size_t layer = 0;
  std::vector<Curve> heads;  // [heads drawn, lag], about their means; without those of no value
  Curve main;                // their mean; empty where there is none
  Curve slash;               // the head's attention; empty where it is not drawn
};

struct KernelFile {
  ProbeAbout about;
  std::vector<double> lags;
  std::vector<LayerCurves> layers;
};

/// Layers and heads as the options ask. Throws InputError where the file has no such layer or head.
KernelFile kernel_file(const NamedProbe& probe, const FigureOptions& options);

/// Offsets that a line may join: runs of neighbours, each {from, count} in their places. Between
/// others a curve may turn and is not known.
struct LagRun {
  size_t from = 0, count = 0;
};
std::vector<LagRun> lag_runs(const std::vector<double>& lags);

/// Null where the file has no such layer.
const LayerCurves* curves_of(const KernelFile& file, size_t layer);

}  // namespace ww
