// quadrature_map.hpp: what figures take from a probe file about entanglement: the parts of each
// head's scores, and the quadrature share of each layer.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/probe_values.hpp"

namespace ww {

/// The parts of a head's scores that can be its largest, and how each is marked.
struct HeadPart {
  const char* name;
  const char* variable;
  std::vector<Point> outline;  // about (0, 0), within [-1, 1]; empty: a disc
};
const std::array<HeadPart, 4>& head_parts();
constexpr size_t kQuadrature = 3;  // its place among them

struct HeadShares {
  std::array<double, 4> of = {};  // as head_parts()
  /// Its type; nothing where a share has no value.
  std::optional<size_t> largest() const;
};

struct QuadratureMap {
  ProbeAbout about;
  size_t layers = 0, heads = 0;
  std::vector<bool> rotated;        // [L]; false: turns nothing
  int64_t range = 0;                // offsets slid over, tokens; 0 unknown
  std::vector<HeadShares> shares;   // [L, H]
  std::vector<double> ranges;       // [O], tokens; empty: the file does not say
  std::vector<double> by_range;     // [O, L], Q, mean over heads
  std::vector<double> mean, error;  // [L]; error NaN where there is none
  std::vector<std::pair<std::string, std::vector<double>>> controls;  // [L] each
};

/// Of the longest offset range. The file must have the shares and quadrature_share.
QuadratureMap quadrature_map(const NamedProbe& probe);

}  // namespace ww
