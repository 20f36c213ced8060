// figures.hpp: the table of figures that can be drawn from probe files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/frequency_axis.hpp"
#include "plots/usage_map.hpp"

namespace ww {

/// linear, log: one scale for all maps; separate, separate_log: each has its own.
enum class ColourSharing { linear, log, separate, separate_log };
constexpr bool is_log(ColourSharing scale) {
  return scale == ColourSharing::log || scale == ColourSharing::separate_log;
}
constexpr bool is_separate(ColourSharing scale) {
  return scale == ColourSharing::separate || scale == ColourSharing::separate_log;
}

struct FigureOptions {
  AxisKind axis = AxisKind::automatic;
  ColourSharing scale = ColourSharing::linear;
  std::optional<size_t> layer = {}, head = {};  // nothing: all of them
};

/// Which options a figure heeds; the others are refused.
struct FigureTakes {
  bool axis = false, scale = false, log = false, layer = false, head = false;  // log: a --scale
};

struct FigureRow {
  const char* name;
  const char* help;
  std::vector<std::string> needs;  // variables of the file
  const char* writer;              // the command that writes them
  FigureTakes takes;
  /// To be called through draw_figure(), which has looked for what it needs.
  Figure (*draw)(const std::vector<NamedProbe>& probes, const FigureOptions& options);
};

/// A new figure is one .hpp/.cpp pair and one line in figures.cpp.
const std::vector<FigureRow>& figures();
/// Throws InputError that lists the figures where `name` is none of them.
const FigureRow& figure_row(const std::string& name);

/// Throws InputError where an option is set that the figure does not heed.
void check_options(const FigureRow& row, const FigureOptions& options);

/// Throws InputError where there is no file, a file lacks a variable (naming the command that
/// writes it) or has one of another shape, and as check_options() does.
Figure draw_figure(const FigureRow& row,
                   const std::vector<NamedProbe>& probes,
                   const FigureOptions& options);

/// Their names as options spell them; each throws InputError that lists what there is.
AxisKind axis_kind(const std::string& name);
ColourSharing colour_sharing(const std::string& name);

/// The files read, each named by its path. Throws InputError as read_probe_file() does.
std::vector<NamedProbe> read_named_probes(const std::vector<std::string>& paths);

}  // namespace ww
