#include "plots/figures.hpp"

#include <fmt/ranges.h>

#include <utility>

#include "base/check.hpp"
#include "plots/ablation.hpp"
#include "plots/ablation_map.hpp"
#include "plots/contribution.hpp"
#include "plots/delta.hpp"
#include "plots/heads.hpp"
#include "plots/kernel.hpp"
#include "plots/length.hpp"
#include "plots/offset.hpp"
#include "plots/phase.hpp"
#include "plots/product.hpp"
#include "plots/profile.hpp"
#include "plots/quadrature.hpp"
#include "plots/series.hpp"
#include "plots/triangle.hpp"
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

using Variables = std::vector<std::string>;

Variables both(Variables some, const Variables& others) {
  some.insert(some.end(), others.begin(), others.end());
  return some;
}

}  // namespace

const std::vector<FigureRow>& figures() {
  static const Variables usage = {"theta", "query_norm_mean", "key_norm_mean"};
  static const Variables decomposition = {"metrics/share_where",
                                          "metrics/share_what",
                                          "metrics/share_inphase",
                                          "metrics/share_quadrature",
                                          "quadrature_share"};
  static const Variables phases = {"per_head/query_norm_mean",
                                   "per_head/query_norm_cv",
                                   "per_head/query_mean_re",
                                   "per_head/query_mean_im",
                                   "per_head/query_square_re",
                                   "per_head/query_square_im",
                                   "per_head/key_norm_mean",
                                   "per_head/key_norm_cv",
                                   "per_head/key_mean_re",
                                   "per_head/key_mean_im",
                                   "per_head/key_square_re",
                                   "per_head/key_square_im"};
  static const std::vector<FigureRow> table = {
      {"usage",
       "mean norm of queries and keys by layer and frequency",
       usage,
       "whatwhere probe",
       {.axis = true, .scale = true, .log = true},
       usage_figure},
      {"usage-heads",
       "the same by head, of one layer",
       both(usage, {"per_head/query_norm_mean", "per_head/key_norm_mean"}),
       "whatwhere probe",
       {.axis = true, .scale = true, .log = true, .layer = true},
       usage_heads_figure},
      {"profile",
       "mean norms over the frequency with their errors, files over each other",
       usage,
       "whatwhere probe",
       {.axis = true, .scale = true, .log = true, .layer = true},
       profile_figure},
      {"product",
       "geometric mean of both norms by layer and frequency: what the scores identify",
       both(usage, {"usage_product"}),
       "whatwhere probe",
       {.axis = true, .scale = true, .log = true, .layer = true},
       product_figure},
      {"contribution",
       "what each frequency adds to the scores' variance, and its Fisher importance",
       both(usage, {"metrics/covariance_share", "metrics/fisher"}),
       "whatwhere probe --metrics contribution",
       {.axis = true, .scale = true, .layer = true},
       contribution_figure},
      {"quadrature",
       "where content moves tuning curves: the quadrature share by layer and head",
       decomposition,
       "whatwhere probe --metrics decomposition",
       {.scale = true, .log = true},
       quadrature_figure},
      {"triangle",
       "heads between where, what and their interaction, the area of each its quadrature share",
       decomposition,
       "whatwhere probe --metrics decomposition",
       {.layer = true},
       triangle_figure},
      {"ablation",
       "what interventions cost by band, head and layer, controls beside them; maps for many "
       "layers",
       {"ablation/intervention"},
       "whatwhere ablate",
       {.scale = true, .layer = true},
       ablation_figure},
      {"ablation-map",
       "the same by layer and band of wavelengths, one map for each intervention",
       {"ablation/intervention", "ablation/delta_loss"},
       "whatwhere ablate --layers each",
       {.scale = true},
       ablation_map_figure},
      {"kernel",
       "mean score over the offset, one panel for each layer",
       {"theta", "metrics/kernel", "lag"},
       "whatwhere probe --metrics offsets",
       {.scale = true, .layer = true, .head = true},
       kernel_figure},
      {"offset",
       "preferred offset of each frequency against the wavelength, and how sharply",
       both(usage, {"metrics/preferred_offset", "metrics/offset_spread"}),
       "whatwhere probe --metrics offsets",
       {.axis = true, .layer = true, .head = true},
       offset_figure},
      {"phase",
       "chunks of one head's queries and keys in the complex plane, one panel for each frequency",
       both(usage, phases),
       "whatwhere probe",
       {.layer = true, .head = true},
       phase_figure},
      {"heads",
       "sinks, entropy and slashes by layer and head, and what swapped blocks do to them",
       {"metrics/sink_mass", "metrics/attention_entropy", "metrics/slash", "lag"},
       "whatwhere probe --metrics heads",
       {.scale = true},
       heads_figure},
      {"length",
       "usage weights over the wavelength beside training length, longest text and horizons",
       both(usage,
            {"per_head/query_norm_mean",
             "per_head/key_norm_mean",
             "metrics/horizon",
             "metrics/ood_exposure"}),
       "whatwhere probe --metrics length",
       {.layer = true},
       length_figure},
      {"delta",
       "PoPE's learned phases by layer, key head and frequency",
       both(usage, {"per_head/pope_delta"}),
       "whatwhere probe POPE_CHECKPOINT",
       {.axis = true, .scale = true, .layer = true},
       delta_figure},
      {"series",
       "checkpoints of a training: where usage centres, quadrature share and more over the steps",
       usage,
       "whatwhere probe",
       {},
       series_figure},
  };
  return table;
}

void check_options(const FigureRow& row, const FigureOptions& options) {
  const auto heeds = [&](bool set, bool taken, const char* option) {
    check(!set || taken, "the figure '{}' does not take {}", row.name, option);
  };
  heeds(options.axis != AxisKind::automatic, row.takes.axis, "--axis");
  heeds(options.scale != ColourSharing::linear, row.takes.scale, "--scale");
  heeds(is_log(options.scale), row.takes.log, "a logarithmic --scale");
  heeds(options.layer.has_value(), row.takes.layer, "--layer");
  heeds(options.head.has_value(), row.takes.head, "--head");
}

Figure draw_figure(const FigureRow& row,
                   const std::vector<NamedProbe>& probes,
                   const FigureOptions& options) {
  check(!probes.empty(), "no probe file was given; there is nothing to draw");
  check_options(row, options);
  const auto drawing = fmt::format("the figure '{}'", row.name);
  for (const auto& probe : probes) require_variables(probe, row.needs, drawing, row.writer);
  return row.draw(probes, options);
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
                               {"separate", ColourSharing::separate},
                               {"separate-log", ColourSharing::separate_log}},
                              "scale",
                              name);
}

std::vector<NamedProbe> read_named_probes(const std::vector<std::string>& paths) {
  std::vector<NamedProbe> probes;
  for (const auto& path : paths) {
    probes.push_back({path, read_probe_file(path)});
    check_values(probes.back());
  }
  return probes;
}

}  // namespace ww
