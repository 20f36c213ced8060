// figure_svg.hpp: a figure of probe files as SVG, and the files' values to compare it with.
#pragma once

#include <string>
#include <vector>

#include "plots/figures.hpp"
#include "plots/svg.hpp"

namespace ww::test {

inline std::string svg_of(const std::string& figure,
                          const std::vector<NamedProbe>& probes,
                          const FigureOptions& options = {}) {
  return svg_document(draw_figure(figure_row(figure), probes, options));
}

inline const std::vector<double>& values_of(const NamedProbe& probe, const std::string& name) {
  return probe.file.variables.at(name).values;
}

}  // namespace ww::test
