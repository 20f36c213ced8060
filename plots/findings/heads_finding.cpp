#include <fmt/format.h>

#include <algorithm>

#include "plots/findings/findings.hpp"
#include "plots/findings/words.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

constexpr double kHalf = 0.5;

/// Shares of each head's score variance over the longest range of offsets, [L, H] each.
struct HeadShares {
  size_t layers = 0, heads = 0;
  std::vector<double> where{}, what{}, both{};
};

std::vector<double> last_range(const Array& shares, size_t count) {
  return {shares.values.end() - static_cast<std::ptrdiff_t>(count), shares.values.end()};
}

HeadShares head_shares(const NamedProbe& probe) {
  require_variables(probe,
                    {"metrics/share_where",
                     "metrics/share_what",
                     "metrics/share_inphase",
                     "metrics/share_quadrature",
                     "metrics/share_cross"},
                    "a statement on heads",
                    "whatwhere probe");
  const auto& where = array_of(probe, "metrics/share_where");
  HeadShares shares{.layers = where.shape.at(1), .heads = where.shape.at(2)};
  const size_t count = shares.layers * shares.heads;
  shares.where = last_range(where, count);
  shares.what = last_range(array_of(probe, "metrics/share_what"), count);
  shares.both.assign(count, 0);
  for (const auto* const part : {"inphase", "quadrature", "cross"}) {
    const auto values = last_range(array_of(probe, std::string("metrics/share_") + part), count);
    for (size_t i = 0; i < count; ++i) shares.both[i] += values[i];
  }
  return shares;
}

size_t above_half(const std::vector<double>& shares) {
  return static_cast<size_t>(std::ranges::count_if(shares, [](double s) { return s > kHalf; }));
}

/// "6 by position alone (most: layer 3 head 0, 62.4 %)".
std::string majority(const HeadShares& shares, const std::vector<double>& values, const char* by) {
  const auto count = above_half(values);
  if (count == 0) return fmt::format("0 {}", by);
  const auto most = static_cast<size_t>(std::ranges::max_element(values) - values.begin());
  return fmt::format("{} {} (most: {}, {})",
                     count,
                     by,
                     head_words(most / shares.heads, most % shares.heads),
                     share_words(values[most]));
}

/// What heads attend to, where attention itself was measured.
std::string attention_words(const NamedProbe& probe) {
  const auto* const sinks = find_array(probe, "metrics/sink_mass");
  const auto* const slashes = find_array(probe, "metrics/slash");
  if (sinks == nullptr || slashes == nullptr) {
    return "Attention itself was not measured (`probe --metrics all`)";
  }
  const size_t lags = slashes->shape.back();
  size_t fixed = 0;
  for (size_t i = 0; i + lags <= slashes->values.size(); i += lags) {
    const auto from = slashes->values.begin() + static_cast<std::ptrdiff_t>(i);
    fixed += std::any_of(
        from, from + static_cast<std::ptrdiff_t>(lags), [](double s) { return s > kHalf; });
  }
  return fmt::format(
      "More than half of their attention goes to the first token in {}, to one fixed distance in "
      "{}",
      counted(above_half(sinks->values), "head"),
      counted(fixed, "head"));
}

}  // namespace

std::string heads_finding(const NamedProbe& probe) {
  if (find_array(probe, "metrics/share_where") == nullptr) {
    return "what heads do was not measured: the metric `decomposition` is not in the file.";
  }
  const auto shares = head_shares(probe);
  const size_t all = shares.where.size();
  const size_t most = above_half(shares.where) + above_half(shares.what) + above_half(shares.both);
  return fmt::format(
      "of {}, the larger part of the variance of scores comes in {}, in {}, in {}, and has no such "
      "majority in {}. "
      "{}.",
      counted(all, "head"),
      majority(shares, shares.where, "from position alone"),
      majority(shares, shares.what, "from content alone"),
      majority(shares, shares.both, "from content and position together"),
      all - most,
      attention_words(probe));
}

}  // namespace ww
