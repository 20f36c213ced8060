// figures.hpp: the table of figures that can be drawn from probe files.
#pragma once

#include <string>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/frequency_axis.hpp"
#include "plots/usage_map.hpp"

namespace ww {

/// linear, log: one scale of colours for all maps; separate: a linear one for each.
enum class ColourSharing { linear, log, separate };

struct FigureOptions {
  AxisKind axis = AxisKind::automatic;
  ColourSharing scale = ColourSharing::linear;
};

struct FigureRow {
  const char* name;
  const char* help;
  Figure (*draw)(const std::vector<NamedProbe>& probes, const FigureOptions& options);
};

/// A new figure is one .hpp/.cpp pair and one line in figures.cpp.
const std::vector<FigureRow>& figures();
/// Throws InputError that lists the figures where `name` is none of them.
const FigureRow& figure_row(const std::string& name);

/// Their names as options spell them; each throws InputError that lists what there is.
AxisKind axis_kind(const std::string& name);
ColourSharing colour_sharing(const std::string& name);

/// The files read, each named by its path. Throws InputError as read_probe_file() does.
std::vector<NamedProbe> read_named_probes(const std::vector<std::string>& paths);

}  // namespace ww
