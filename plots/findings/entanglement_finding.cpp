#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"
#include "plots/findings/findings.hpp"
#include "plots/findings/quadrature.hpp"
#include "plots/findings/words.hpp"

namespace ww {

namespace {

std::string range_of_layers(const Array& share) {
  const auto [low, high] = std::ranges::minmax_element(
      share.values, [](double a, double b) { return b != b || a < b; });  // NaN last of all
  const auto at = [&](auto found) { return found - share.values.begin(); };
  if (share.values.size() < 2 || !(*low < *high)) return "";
  return fmt::format(
      " (lowest {:.3f} in layer {}, highest {:.3f} in layer {})", *low, at(low), *high, at(high));
}

std::string random_weights(const NamedProbe& probe) {
  const auto* const control = find_array(probe, "control/quadrature_share");
  const auto names = probe.file.strings.find("control/control");
  if (control != nullptr && names != probe.file.strings.end()) {
    const auto found = std::ranges::find(names->second, "init");
    const auto row = static_cast<size_t>(found - names->second.begin());
    const size_t layers = control->shape.back();
    if (found != names->second.end() && (row + 1) * layers <= control->values.size()) {
      const auto from = control->values.begin() + static_cast<std::ptrdiff_t>(row * layers);
      const auto known = finite_values({from, from + static_cast<std::ptrdiff_t>(layers)});
      if (!known.empty()) {
        return fmt::format("random weights of this architecture give {:.3f}", mean(known));
      }
    }
  }
  return "the value of random weights was not measured (`probe --control init`)";
}

}  // namespace

std::string entanglement_finding(const NamedProbe& probe) {
  const auto encoding = text_attribute(probe.file, "pe_type");
  const auto* const share = find_array(probe, "quadrature_share");
  if (std::isnan(mean_quadrature(probe).value)) {
    return fmt::format(
        "Q was not measured: the metric `decomposition` is not in the file, or the encoding "
        "'{}' does not act in the scores.",
        encoding);
  }
  if (encoding == "pope") {
    return "content shifts no distance curve: Q = 0 exactly, as PoPE is built (RoPE: above 0).";
  }
  return fmt::format(
      "content shifts the distance curves of heads (rather than scaling them) by Q = {} of the "
      "variance of "
      "attention scores, mean over layers{}; {}, and PoPE gives exactly 0.",
      number_words(mean_quadrature(probe)),
      range_of_layers(*share),
      random_weights(probe));
}

}  // namespace ww
