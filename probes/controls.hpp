// controls.hpp: the table of what a probe's numbers are held against: models and texts that have
// lost what is claimed to cause them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probes/probe.hpp"

namespace ww {

/// A pass under a control, with the model that it was made with.
struct ControlPass {
  std::optional<Decoder> model;  // where it is another than the probed one
  Statistics statistics;
};

struct ControlRow {
  const char* name;
  const char* what;
  ControlPass (*run)(const ProbeOptions& options,
                     const Probed& probed,
                     const CollectOptions& collecting);
};

/// The table. A new control is a function and one line in controls.cpp.
const std::vector<ControlRow>& controls();
/// Rows by their names. Throws InputError that lists the controls where a name is none of them.
std::vector<ControlRow> chosen_controls(const std::vector<std::string>& names);

/// Runs each and writes /control: usage, quadrature share and loss.
void add_controls(ProbeFile& file,
                  const ProbeOptions& options,
                  const Probed& probed,
                  const std::vector<ControlRow>& chosen);

}  // namespace ww
