#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"
#include "plots/findings/findings.hpp"
#include "plots/findings/words.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kMemorised = 1;  // nats per prediction; ordinary prose costs 2 to 5

std::string texts_words(const ProbeAbout& from) {
  if (from.texts <= 0) return "how many texts were read is unknown.";
  const auto few = static_cast<size_t>(from.texts) < kFewTexts;
  const auto counts = fmt::format("the numbers describe {}, {} tokens in all",
                                  counted(static_cast<size_t>(from.texts), "text"),
                                  from.tokens);
  return few ? counts + fmt::format("; intervals over fewer than {} texts are too narrow to trust.",
                                    kFewTexts)
             : counts + "; other kinds of text may be treated otherwise.";
}

/// Texts that a model knows by heart say little of how it reads. Tasks are drawn anew.
std::string memorised_words(const NamedProbe& probe) {
  const auto* const losses = find_array(probe, "loss");
  const bool task = text_attribute(probe.file, "checkpoint_format") == "whatwhere-model";
  if (losses == nullptr || task) return "";
  const auto known = finite_values(losses->values);
  const auto low = static_cast<size_t>(
      std::ranges::count_if(known, [](double loss) { return loss < kMemorised; }));
  if (low == 0) return "";
  return fmt::format(
      " {} of {} texts cost less than {} nat per prediction and may be memorised: content found by "
      "heart "
      "looks like position.",
      low,
      known.size(),
      kMemorised);
}

std::string importance_words(const NamedProbe& probe) {
  if (find_array(probe, "metrics/fisher") != nullptr) return "";
  return " Usage is the size of queries and keys, not their importance (`probe --metrics "
         "contribution` "
         "measures that).";
}

}  // namespace

std::string limits_finding(const NamedProbe& probe) {
  return texts_words(about(probe)) + memorised_words(probe) + importance_words(probe) +
         " A share of variance is not an effect on the loss; `ablate` measures effects.";
}

}  // namespace ww
