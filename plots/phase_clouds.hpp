// phase_clouds.hpp: what the phase figure takes from a probe file: where the chunks z of a head's
// queries and keys lie at each frequency, in units of their own mean norm E|z|, for only the
// product of both norms is identified.
//
//   covariance:  var Re z = (E|z|^2 + Re E z^2) / 2 - (Re E z)^2,
//                var Im z = (E|z|^2 - Re E z^2) / 2 - (Im E z)^2,
//                cov      = Im E z^2 / 2 - Re E z Im E z,        E|z|^2 = (E|z|)^2 (1 + cv^2)
#pragma once

#include <string>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/usage_map.hpp"

namespace ww {

/// One side of one frequency; points are (Re z, Im z) / E|z|.
struct Cloud {
  Point mean;
  double xx = 0, xy = 0, yy = 0;    // covariance
  std::vector<Point> samples = {};  // empty: the file has none

  /// |E z| / E|z|: 1 where all have one phase.
  double concentration() const;
  /// One standard deviation about the mean, `count` points once round.
  std::vector<Point> ellipse(size_t count) const;
};

struct PhasePanel {
  size_t frequency = 0;
  double wavelength = 0;           // tokens; inf where theta is 0
  Cloud query, key;                // of the key head that the head reads
  double resultant = 0, axis = 0;  // R, q_c; NaN where the file has none
};

struct PhaseFile {
  ProbeAbout about;
  size_t layer = 0, head = 0, key_head = 0;
  bool rotated = true;
  size_t samples = 0, shown = 0;   // a side and frequency
  std::vector<PhasePanel> panels;  // without padding
};

/// At most about `most` samples in all, evenly chosen. The variables of the figure must be there.
/// Throws InputError where the file has no such layer or head, and as usage_map() does.
PhaseFile phase_file(const NamedProbe& probe, size_t layer, size_t head, size_t most);

}  // namespace ww
