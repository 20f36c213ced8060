// findings.hpp: what a probe file says, in sentences with intervals and the values to hold them
// against. One row of the table is one sentence; it says what was not measured and how to measure
// it.
#pragma once

#include <string>
#include <vector>

#include "plots/probe_values.hpp"

namespace ww {

struct Finding {
  std::string title;  // "Where usage sits"
  std::string text;
};

struct FindingRow {
  const char* title;
  std::string (*of)(const NamedProbe& probe);
};

/// The table, in the order of reading.
const std::vector<FindingRow>& finding_rows();

/// Throws InputError where the file holds what it cannot mean.
std::vector<Finding> findings(const NamedProbe& probe);

/// A paragraph each, in lines of at most `width` characters.
std::string findings_text(const std::vector<Finding>& found, size_t width = 100);

// The rows.

/// Where along the wavelengths queries and keys are large, and what share lies beyond the training
/// length.
std::string usage_finding(const NamedProbe& probe);
/// Q, the quadrature share, beside random weights and PoPE.
std::string entanglement_finding(const NamedProbe& probe);
/// How many heads score by position, by content or by both.
std::string heads_finding(const NamedProbe& probe);
/// What `unshift` costs, over which offsets, and which heads pay.
std::string price_finding(const NamedProbe& probe);
/// What the file is too small or too narrow to show.
std::string limits_finding(const NamedProbe& probe);

}  // namespace ww
