// page.hpp: a probe file as one page to look through: layer and head are chosen by a click, a tap
// or the keyboard, values stand beside the pointer. Self-contained: no network, no library; the
// numbers are in the page as JSON.
#pragma once

#include <string>

#include "plots/figures.hpp"

namespace ww {

/// The page, a pure function of its arguments; `start` is what it shows at first. Throws InputError
/// where the file has no norms to show, no such layer or head, or for a separate scale: in the page
/// queries and keys share theirs.
std::string probe_page(const NamedProbe& probe, const FigureOptions& start = {});

/// What the page computes from, as JSON: {"title", "note", "train_length", "viridis" (colours),
/// "strings" (interventions, controls), "parts" (head_parts(): name, variable, outline), "loss"
/// (mean of the texts, nats per prediction), "start" (layer, head, axis, scale), "variables":
/// {name:
/// {"dims", "shape", "values" (null: NaN or infinite), "long_name", "units"}}}. Safe inside a
/// <script> element.
std::string page_data(const NamedProbe& probe, const FigureOptions& start = {});

/// The page's style, and its script in three parts that follow each other.
extern const char* const kPageStyle;
extern const char* const kPageScript;
extern const char* const kPageScriptPlots;
extern const char* const kPageScriptSections;

}  // namespace ww
