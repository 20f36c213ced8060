#include "plots/findings/words.hpp"

#include <fmt/format.h>

#include <cmath>

namespace ww {

std::string share_words(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string share_words(const Measured& share) {
  if (std::isnan(share.low)) return share_words(share.value);
  return fmt::format(
      "{:.1f} % ({:.1f} to {:.1f} %)", 100 * share.value, 100 * share.low, 100 * share.high);
}

std::string wavelength_words(const Measured& wavelength) {
  if (std::isinf(wavelength.value)) return "no turn at all";
  const auto value = fmt::format("{:.3g} tokens", wavelength.value);
  const auto low = fmt::format("{:.3g}", wavelength.low),
             high = fmt::format("{:.3g}", wavelength.high);
  const bool known = std::isfinite(wavelength.low) && std::isfinite(wavelength.high);
  return known && low != high ? fmt::format("{} ({} to {})", value, low, high) : value;
}

std::string number_words(const Measured& value, int digits) {
  const auto one = [&](double x) { return fmt::format("{:.{}f}", x, digits); };
  if (std::isnan(value.low)) return one(value.value);
  return fmt::format("{} ({} to {})", one(value.value), one(value.low), one(value.high));
}

std::string head_words(size_t layer, size_t head) {
  return fmt::format("layer {} head {}", layer, head);
}

}  // namespace ww
