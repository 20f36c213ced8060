#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "plots/findings/findings.hpp"
#include "plots/findings/words.hpp"

namespace ww {

namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();

bool has_frequencies(const NamedProbe& probe) {
  const auto* const theta = find_array(probe, "theta");
  return theta != nullptr && !theta->values.empty();
}

/// What lies beyond the training length; theta = 0 counts, for it never makes a full turn.
std::string beyond_words(const UsageShares& usage, int64_t train_length) {
  if (train_length <= 0) return "the training length is unknown, so no share beyond it is given";
  const auto length = static_cast<double>(train_length);
  const auto beyond = [&](const std::vector<UsageCell>& cells) {
    return 1 - usage_between(cells, 0, std::nextafter(length, kForever));
  };
  const double even =
      frequencies_between(usage.cells(), std::nextafter(length, kForever), kForever);
  const double still = frequencies_between(usage.cells(), kForever, kForever);
  return fmt::format(
      "{} of usage lies at wavelengths beyond the training length of {} tokens, where equal use of "
      "all "
      "frequencies would give {}",
      share_words(usage.estimate(beyond)),
      train_length,
      share_words(even + still));
}

}  // namespace

std::string usage_finding(const NamedProbe& probe) {
  if (!has_frequencies(probe)) {
    return fmt::format(
        "the encoding '{}' has no rotary frequencies, so there is no usage to place.",
        text_attribute(probe.file, "pe_type"));
  }
  const UsageShares usage(probe);
  const auto median = usage.estimate(median_wavelength);
  const auto interval =
      usage.texts() > 1 ? fmt::format(" (95 % intervals over {} texts)", usage.texts()) : "";
  return fmt::format(
      "weighted by the norms of queries and keys, half of usage lies at wavelengths up to {}, and "
      "{}{}.",
      wavelength_words(median),
      beyond_words(usage, about(probe).train_length),
      interval);
}

}  // namespace ww
