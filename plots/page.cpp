#include "plots/page.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "base/check.hpp"
#include "plots/ablation_data.hpp"
#include "plots/colours.hpp"
#include "plots/findings/findings.hpp"
#include "plots/html.hpp"
#include "plots/quadrature_map.hpp"
#include "plots/summaries.hpp"
#include "plots/svg.hpp"
#include "probes/h5/schema.hpp"

namespace ww {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kColours = 64;
constexpr int kDigits = 5;

/// Whether the page shows it: along layers, heads, frequencies, offsets, bands and controls, but
/// not by text or sample, and of /per_head the norms alone.
bool is_shown(const std::string& name, const Array& array) {
  static const std::set<std::string> axes = {"layer",
                                             "head",
                                             "kv_head",
                                             "frequency",
                                             "lag",
                                             "offset_range",
                                             "intervention",
                                             "band",
                                             "control"};
  const bool along =
      std::ranges::all_of(array.dims, [](const auto& dim) { return axes.contains(dim); });
  const bool moment = name.starts_with("per_head/") && !name.ends_with("_norm_mean") &&
                      !name.ends_with("pope_delta");
  return along && !moment && !array.dims.empty();
}

Json number_json(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::strtod(fmt::format("{:.{}g}", value, kDigits).c_str(), nullptr);  // denormals, too
}

Json variable_json(const std::string& name, const Array& array) {
  const auto* const row = find_variable(name);
  Json values = Json::array();
  for (const double value : array.values) values.push_back(number_json(value));
  return {{"dims", array.dims},
          {"shape", array.shape},
          {"values", std::move(values)},
          {"long_name", row == nullptr ? name : row->long_name},
          {"units", row == nullptr ? "1" : row->units}};
}

Json start_json(const NamedProbe& probe, const FigureOptions& start) {
  check(!is_separate(start.scale),
        "the page has one scale for queries and keys; give --scale linear or log, or name a figure "
        "with --figure");
  const auto* const heads = find_array(probe, "per_head/query_norm_mean");
  const auto within = [&](const char* what, std::optional<size_t> index, size_t count) {
    check(!index || *index < count, "{}: there is no {} {}", probe.name, what, index.value_or(0));
    return index.value_or(0);
  };
  return {{"layer", within("layer", start.layer, array_of(probe, "theta").shape[0])},
          {"head", within("head", start.head, heads == nullptr ? 1 : heads->shape[1])},
          {"axis", start.axis == AxisKind::index ? "index" : "wavelength"},
          {"scale", is_log(start.scale) ? "log" : "linear"}};
}

/// The parts that give a head its type, with their marks.
Json parts_json() {
  Json parts = Json::array();
  for (const auto& part : head_parts()) {
    Json outline = Json::array();
    for (const auto& point : part.outline) outline.push_back({point.x, point.y});
    parts.push_back(
        {{"name", part.name}, {"variable", part.variable}, {"outline", std::move(outline)}});
  }
  return parts;
}

/// Mean loss of the texts, null where the file has none.
Json loss_json(const NamedProbe& probe) {
  for (const auto& summary : summaries()) {
    if (std::string_view(summary.name) != "loss" || !has_summary(probe, summary)) continue;
    return number_json(summary.of(probe).front());
  }
  return nullptr;
}

/// A control with its label.
Markup control(const char* id, const char* label, const Markup& options = {}) {
  return markup("<label>{}<select id=\"{}\">{}</select></label>\n", label, id, options);
}

constexpr const char* kAxes =
    "<option value=\"wavelength\">wavelength</option><option value=\"index\">index</option>";
constexpr const char* kScales =
    "<option value=\"linear\">linear</option><option value=\"log\">log</option>";

constexpr const char* kHelp =
    "<p class=\"help\"><small>Click or tap a row to choose its layer or head; point at a cell for "
    "its "
    "value. Keyboard: Tab to a plot, arrows to move, Enter to choose, Escape to put the value "
    "away.</small></p>\n";

/// A section that the script fills, or takes away where the file has nothing for it.
Markup section(const char* id, const char* title) {
  return markup(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n"
      "<div class=\"plots\"></div>\n</section>\n",
      id,
      title);
}

Markup findings_html(const NamedProbe& probe) {
  auto found = html::heading("What was found");
  for (const auto& finding : findings(probe))
    found += html::paragraph(finding.title + ": " + finding.text);
  return markup("<section id=\"findings\">\n{}</section>\n", found);
}

}  // namespace

std::string page_data(const NamedProbe& probe, const FigureOptions& start) {
  const auto from = about(probe);
  Json data = {{"title", from.title},
               {"note", about_note(from)},
               {"train_length", from.train_length},
               {"longest_text", from.longest_text},
               {"few_texts", few_texts_note({from})}};
  for (int i = 0; i < kColours; ++i) {
    data["viridis"].push_back(hex(viridis((i + 0.5) / kColours)));
    data["diverging"].push_back(hex(diverging((i + 0.5) / kColours)));
  }
  data["strings"] = Json::object();
  for (const auto* name : {"ablation/intervention", "control/control"}) {
    const auto found = probe.file.strings.find(name);
    if (found != probe.file.strings.end()) data["strings"][name] = found->second;
  }
  data["parts"] = parts_json();
  data["loss"] = loss_json(probe);
  data["start"] = start_json(probe, start);
  data["variables"] = Json::object();
  for (const auto& [name, array] : probe.file.variables) {
    if (is_shown(name, array)) data["variables"][name] = variable_json(name, array);
  }
  return Markup::json(data.dump(-1, ' ', false, Json::error_handler_t::replace)).str();
}

std::string probe_page(const NamedProbe& probe, const FigureOptions& start) {
  require_variables(probe,
                    {"theta", "query_norm_mean", "key_norm_mean"},
                    "a page (.html without --figure)",
                    "whatwhere probe");
  const auto from = about(probe);
  const auto controls = control("layer", "layer") + control("head", "head") +
                        control("measure", "show") + control("axis", "axis", Markup::own<kAxes>()) +
                        control("scale", "colours", Markup::own<kScales>()) +
                        control("control", "beside");
  const auto sections =
      section("layers", "All layers") + section("heads", "Heads of the layer") +
      section("profile", "Usage of the head") + section("kernel", "Score over the offset") +
      section("quadrature", "All heads") + section("shares", "Quadrature share by layer") +
      section("losses", "Loss under controls") + section("numbers", "Numbers of the head") +
      section("ablation", "Interventions");
  const auto body = markup(
      "{}{}{}<form id=\"controls\" autocomplete=\"off\">\n{}</form>\n<main>\n{}</main>\n"
      "<div id=\"tip\" role=\"status\"></div>\n"
      "<noscript><p>This page draws with a script of its own; it loads nothing.</p></noscript>\n"
      "<script type=\"application/json\" id=\"data\">{}</script>\n<script>{}{}{}</script>\n",
      html::paragraph(about_note(from)),
      findings_html(probe),
      Markup::own<kHelp>(),
      controls,
      sections,
      Markup::json(page_data(probe, start)),
      Markup::own<kPageScript>(),
      Markup::own<kPageScriptPlots>(),
      Markup::own<kPageScriptSections>());
  return html::page(from.title, body, Markup::own<kPageStyle>());
}

}  // namespace ww
