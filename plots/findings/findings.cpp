#include "plots/findings/findings.hpp"

#include <sstream>

namespace ww {

const std::vector<FindingRow>& finding_rows() {
  static const std::vector<FindingRow> table = {
      {"Where usage sits", usage_finding},
      {"Content and position", entanglement_finding},
      {"Heads", heads_finding},
      {"Price of entanglement", price_finding},
      {"What this cannot show", limits_finding},
  };
  return table;
}

std::vector<Finding> findings(const NamedProbe& probe) {
  check_values(probe);
  std::vector<Finding> found;
  for (const auto& row : finding_rows()) found.push_back({row.title, row.of(probe)});
  return found;
}

std::string findings_text(const std::vector<Finding>& found, size_t width) {
  std::string all;
  for (const auto& finding : found) {
    std::istringstream words(finding.title + ": " + finding.text);
    size_t column = 0;
    for (std::string word; words >> word;) {
      const bool fits = column + 1 + word.size() <= width;
      if (column > 0) all += fits ? " " : "\n  ";
      column = (column == 0 ? 0 : fits ? column + 1 : 2) + word.size();
      all += word;
    }
    all += "\n";
  }
  return all;
}

}  // namespace ww
