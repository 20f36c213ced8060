// exponent.hpp: how times grow with sizes, as the slope of log time over log size, fitted round by
// round.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "bench/timing.hpp"

namespace ww::bench {

/// The slope of log y over log x, least squares.
inline double exponent(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, products = 0, squares = 0;
  const auto count = static_cast<double>(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    mean_x += std::log(x[i]) / count;
    mean_y += std::log(y[i]) / count;
  }
  for (size_t i = 0; i < x.size(); ++i) {
    const double from_mean = std::log(x[i]) - mean_x;
    products += from_mean * (std::log(y[i]) - mean_y);
    squares += from_mean * from_mean;
  }
  return products / squares;
}

inline Spread exponents(const std::vector<double>& sizes,
                        const std::vector<std::vector<double>>& times) {
  std::vector<double> found;
  for (size_t round = 0; round < times.front().size(); ++round) {
    std::vector<double> y;
    for (const auto& one : times) y.push_back(one[round]);
    found.push_back(exponent(sizes, y));
  }
  return spread(std::move(found));
}

/// What was timed at each size.
inline void print_exponent(const std::string& name,
                           const std::vector<double>& sizes,
                           const std::vector<Contestant>& all) {
  std::vector<std::vector<double>> wall, cpu;
  for (const auto& one : all) {
    wall.push_back(one.wall);
    cpu.push_back(one.cpu);
  }
  const auto w = exponents(sizes, wall), c = exponents(sizes, cpu);
  fmt::print("  {:<52} {:.2f} (min {:.2f}, max {:.2f})   cpu {:.2f}\n",
             name,
             w.middle,
             w.low,
             w.high,
             c.middle);
}

}  // namespace ww::bench
