#include "plots/figures.hpp"

#include <fmt/ranges.h>

#include <utility>

#include "base/check.hpp"
#include "plots/usage.hpp"

namespace ww {

namespace {

template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

template <typename Value>
Value named(const Names<Value>& names, const char* what, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [text, value] : names) {
    if (text == name) return value;
    known.push_back(text);
  }
  refuse("unknown {} '{}'; there are: {}", what, name, fmt::join(known, ", "));
}

}  // namespace

const std::vector<FigureRow>& figures() {
  static const std::vector<FigureRow> table = {
      {"usage", "mean norm of queries and keys by layer and frequency", usage_figure},
  };
  return table;
}

const FigureRow& figure_row(const std::string& name) {
  Names<const FigureRow*> rows;
  for (const auto& row : figures()) rows.emplace_back(row.name, &row);
  return *named(rows, "figure", name);
}

AxisKind axis_kind(const std::string& name) {
  return named<AxisKind>({{"auto", AxisKind::automatic},
                          {"index", AxisKind::index},
                          {"wavelength", AxisKind::wavelength}},
                         "axis",
                         name);
}

ColourSharing colour_sharing(const std::string& name) {
  return named<ColourSharing>({{"linear", ColourSharing::linear},
                               {"log", ColourSharing::log},
                               {"separate", ColourSharing::separate}},
                              "scale",
                              name);
}

std::vector<NamedProbe> read_named_probes(const std::vector<std::string>& paths) {
  std::vector<NamedProbe> probes;
  for (const auto& path : paths) probes.push_back({path, read_probe_file(path)});
  return probes;
}

}  // namespace ww
