// plot.cpp: a figure from probe files.

#include <fmt/format.h>

#include <filesystem>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "plots/draw_to.hpp"
#include "plots/figures.hpp"
#include "plots/page.hpp"

namespace ww {

namespace {

struct PlotOptions {
  std::vector<std::string> files;
  std::string figure, axis = "auto", scale = "linear", out;
  std::optional<size_t> layer, head;
};

/// One file to look through; a page of one figure where --figure names it.
void write_page(const PlotOptions& options, const FigureOptions& how) {
  check(options.files.size() == 1,
        "a page shows one file but got {}; name a figure of several with --figure",
        options.files.size());
  const auto probes = read_named_probes(options.files);
  check_output(options.out);
  write_file(options.out, probe_page(probes.front(), how));
}

void plot(const PlotOptions& options) {
  const bool page =
      options.figure.empty() && std::filesystem::path(options.out).extension() == ".html";
  const auto& row = figure_row(options.figure.empty() ? "usage" : options.figure);
  const FigureOptions how{.axis = axis_kind(options.axis),
                          .scale = colour_sharing(options.scale),
                          .layer = options.layer,
                          .head = options.head};
  check_figure_name(options.out);
  check_output(options.out);
  if (page) {
    write_page(options, how);
  } else {
    check_options(row, how);
    const auto probes = read_named_probes(options.files);
    check_output(options.out);
    draw_to(options.out, draw_figure(row, probes, how));
  }
  if (!is_standard_output(options.out)) fmt::print("{}\n", options.out);
}

std::string figure_help() {
  std::string help = "What to draw; usage where not given, or for .html a page to look through:";
  for (const auto& row : figures()) help += fmt::format("\n{}: {}", row.name, row.help);
  return help;
}

}  // namespace

void add_plot(CLI::App& app) {
  const auto o = std::make_shared<PlotOptions>();
  auto* command = app.add_subcommand("plot", "A figure from the files that probe writes");
  command
      ->add_option("files", o->files, "Probe files, drawn one above the other or over each other")
      ->required();
  command->add_option("--figure", o->figure, figure_help());
  command
      ->add_option("--axis",
                   o->axis,
                   "Frequencies by index or wavelength; auto: by wavelength where files differ")
      ->capture_default_str();
  command
      ->add_option("--scale",
                   o->scale,
                   "linear or log, shared by all panels, or each its own: separate, separate-log")
      ->capture_default_str();
  command->add_option("--layer", o->layer, "Draw one layer; usage-heads: 0 where not given");
  command->add_option("--head", o->head, "Draw one head of the layer");
  command
      ->add_option(
          "-o,--out", o->out, "File to draw: .svg, .pdf, .png or .html; - is standard output, SVG")
      ->required();
  command->callback([o] { plot(*o); });
}

}  // namespace ww
