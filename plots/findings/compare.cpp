#include "plots/findings/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "plots/findings/price.hpp"
#include "plots/findings/quadrature.hpp"

namespace ww {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kForever = std::numeric_limits<double>::infinity();
constexpr double kShortest = 4, kStep = 4;  // tokens, bounds of the bins of wavelengths

struct Pair {
  const NamedProbe& a;
  const NamedProbe& b;
  bool same_texts = false;
};

bool read_same_texts(const NamedProbe& a, const NamedProbe& b) {
  const auto digests = [](const NamedProbe& probe) {
    const auto found = probe.file.strings.find("text_sha256");
    return found == probe.file.strings.end() ? std::vector<std::string>{} : found->second;
  };
  return !digests(a).empty() && digests(a) == digests(b);
}

ComparedRow row_of(std::string quantity, std::string unit, double a, double b) {
  return {std::move(quantity), std::move(unit), a, b, b - a, kUnknown, kUnknown, ""};
}

void set_interval(ComparedRow& row, double half_width) {
  row.low = row.difference - half_width;
  row.high = row.difference + half_width;
}

double half_width(const Measured& estimate) { return (estimate.high - estimate.low) / 2; }

/// Usage by one statistic in both.
ComparedRow usage_row(const UsageShares& a,
                      const UsageShares& b,
                      bool paired,
                      const std::string& quantity,
                      const std::string& unit,
                      const UsageStatistic& statistic) {
  const auto first = a.estimate(statistic), second = b.estimate(statistic);
  auto row = row_of(quantity, unit, first.value, second.value);
  if (paired && a.texts() == b.texts()) {
    std::vector<double> without;
    for (size_t t = 0; a.texts() > 1 && t < a.texts(); ++t) {
      without.push_back(statistic(b.cells_without(t)) - statistic(a.cells_without(t)));
    }
    set_interval(row, jackknife_half_width(without));
  } else {
    set_interval(row, std::hypot(half_width(first), half_width(second)));
  }
  if (std::isnan(row.low)) row.note = "no interval: one text";
  return row;
}

std::string bin_name(double from, double to) {
  if (from == 0) return fmt::format("usage at wavelengths below {} tokens", to);
  if (std::isinf(to)) return fmt::format("usage at wavelengths from {} tokens on", from);
  return fmt::format("usage at wavelengths of {} to {} tokens", from, to);
}

/// Bounds of bins that hold every finite wavelength of both files.
std::vector<double> bin_bounds(const std::vector<UsageCell>& a, const std::vector<UsageCell>& b) {
  double longest = kShortest;
  for (const auto* const cells : {&a, &b}) {
    for (const auto& cell : *cells) {
      if (std::isfinite(cell.wavelength)) longest = std::max(longest, cell.wavelength);
    }
  }
  std::vector<double> bounds = {0, kShortest};
  while (bounds.back() * kStep <= longest) bounds.push_back(bounds.back() * kStep);
  bounds.push_back(kForever);
  return bounds;
}

void add_usage(Comparison& comparison, const Pair& pair) {
  const UsageShares a(pair.a), b(pair.b);
  const auto add = [&](const std::string& name, const char* unit, const UsageStatistic& statistic) {
    comparison.rows.push_back(usage_row(a, b, pair.same_texts, name, unit, statistic));
  };
  add("median wavelength of usage", "token", median_wavelength);
  if (comparison.length > 0) {
    const double beyond = std::nextafter(static_cast<double>(comparison.length), kForever);
    add(fmt::format("usage at wavelengths beyond {} tokens", comparison.length),
        "1",
        [=](const auto& cells) { return 1 - usage_between(cells, 0, beyond); });
  }
  const auto bounds = bin_bounds(a.cells(), b.cells());
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    add(bin_name(bounds[i], bounds[i + 1]),
        "1",
        [from = bounds[i], to = bounds[i + 1]](const auto& cells) {
          return std::isinf(to) ? 1 - usage_between(cells, 0, from)
                                : usage_between(cells, from, to);
        });
  }
}

/// Mean of the quadrature share over heads and layers at one range of offsets. NaN where there is
/// none.
double quadrature_at(const NamedProbe& probe, double range) {
  const auto* const shares = find_array(probe, "metrics/share_quadrature");
  const auto* const ranges = find_array(probe, "offset_range");
  if (shares == nullptr || ranges == nullptr) return kUnknown;
  const auto found = std::ranges::find(ranges->values, range) - ranges->values.begin();
  if (found == std::ssize(ranges->values)) return kUnknown;
  const auto count = std::ssize(shares->values) / std::ssize(ranges->values);
  const auto from = shares->values.begin() + found * count;
  const auto known = finite_values({from, from + count});
  return known.empty() ? kUnknown : mean(known);
}

std::optional<double> longest_common_range(const Pair& pair) {
  const auto* const a = find_array(pair.a, "offset_range");
  const auto* const b = find_array(pair.b, "offset_range");
  std::optional<double> longest;
  if (a == nullptr || b == nullptr) return longest;
  for (const double range : a->values) {
    const bool common = std::ranges::find(b->values, range) != b->values.end();
    if (common && range > longest.value_or(0)) longest = range;
  }
  return longest;
}

bool one_longest_range(const Pair& pair, double range) {
  const auto longest = [](const NamedProbe& probe) {
    return std::ranges::max(array_of(probe, "offset_range").values);
  };
  return longest(pair.a) == range && longest(pair.b) == range;
}

/// Errors are of the longest range alone.
void add_quadrature(Comparison& comparison, const Pair& pair) {
  const auto range = longest_common_range(pair);
  if (!range) return;
  if (one_longest_range(pair, *range)) {
    const auto a = mean_quadrature(pair.a), b = mean_quadrature(pair.b);
    auto row = row_of(
        fmt::format("Q over offsets 0 to {}, mean over layers", *range), "1", a.value, b.value);
    set_interval(row, std::hypot(half_width(a), half_width(b)));
    row.note = "errors taken as independent";
    comparison.rows.push_back(row);
    return;
  }
  auto row = row_of(fmt::format("Q over offsets 0 to {}, mean over heads", *range),
                    "1",
                    quadrature_at(pair.a, *range),
                    quadrature_at(pair.b, *range));
  row.note = "no interval: files hold the errors of their longest range alone";
  comparison.rows.push_back(row);
}

std::vector<double> text_losses(const NamedProbe& probe) {
  const auto* const losses = find_array(probe, "loss");
  return losses == nullptr ? std::vector<double>{} : losses->values;
}

/// Means over texts, each text alike.
void add_loss(Comparison& comparison, const Pair& pair) {
  const auto a = text_losses(pair.a), b = text_losses(pair.b);
  if (finite_values(a).size() != a.size() || finite_values(b).size() != b.size()) return;
  if (a.empty() || b.empty()) return;
  auto row = row_of("loss, mean over texts", "nat/prediction", mean(a), mean(b));
  if (!pair.same_texts) {
    row.difference = kUnknown;
    row.note = "losses of other texts do not compare";
  } else if (a.size() < 2) {
    row.note = "no interval: one text";
  } else {
    std::vector<double> differences;
    for (size_t t = 0; t < a.size(); ++t) differences.push_back(b[t] - a[t]);
    const auto paired = paired_difference(differences);
    row.low = paired.interval.low;
    row.high = paired.interval.high;
    row.note = "compares only where both models have one vocabulary";
  }
  comparison.rows.push_back(row);
}

void add_price(Comparison& comparison, const Pair& pair) {
  const auto a = price_of(pair.a), b = price_of(pair.b);
  if (!a || !b) return;
  auto row =
      row_of("price of entanglement (unshift)", "nat/prediction", a->change.value, b->change.value);
  if (a->offsets != b->offsets) {
    row.difference = kUnknown;
    row.note = fmt::format(
        "other ranges of offsets, {} and {}: run both with one --range", a->offsets, b->offsets);
  } else {
    set_interval(row, std::hypot(half_width(a->change), half_width(b->change)));
    row.note = "errors taken as independent";
  }
  comparison.rows.push_back(row);
}

int64_t common_length(const Pair& pair, std::optional<int64_t> length) {
  check(!length || *length > 0, "--length must be above 0 but is {}", length.value_or(0));
  if (length) return *length;
  const auto a = about(pair.a).train_length, b = about(pair.b).train_length;
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

bool has_frequencies(const NamedProbe& probe) {
  const auto* const theta = find_array(probe, "theta");
  return theta != nullptr && !theta->values.empty();
}

}  // namespace

Comparison compare(const NamedProbe& a, const NamedProbe& b, std::optional<int64_t> length) {
  check_values(a);
  check_values(b);
  const Pair pair{a, b, read_same_texts(a, b)};
  Comparison comparison{
      about(a).title, about(b).title, pair.same_texts, common_length(pair, length), {}};
  if (has_frequencies(a) && has_frequencies(b)) add_usage(comparison, pair);
  add_quadrature(comparison, pair);
  add_loss(comparison, pair);
  add_price(comparison, pair);
  check(!comparison.rows.empty(), "{} and {}: have no quantity in common", a.name, b.name);
  return comparison;
}

namespace {

std::string number(double value) { return std::isnan(value) ? "-" : fmt::format("{:.4g}", value); }

}  // namespace

std::string comparison_text(const Comparison& comparison) {
  size_t width = 0;
  for (const auto& row : comparison.rows) width = std::max(width, row.quantity.size());
  auto text = fmt::format("A: {}\nB: {}\n{}\n\n{:{}}  {:>10} {:>10} {:>10}  95 % interval\n",
                          comparison.a,
                          comparison.b,
                          comparison.same_texts ? "the same texts: differences over texts in pairs"
                                                : "other texts: errors taken as independent",
                          "",
                          width,
                          "A",
                          "B",
                          "B - A");
  for (const auto& row : comparison.rows) {
    const auto interval =
        std::isnan(row.low) ? std::string() : fmt::format("{:+.4g} to {:+.4g}", row.low, row.high);
    const auto note = row.note.empty() ? std::string() : "  (" + row.note + ")";
    text += fmt::format("{:{}}  {:>10} {:>10} {:>10}  {}{}\n",
                        row.quantity,
                        width,
                        number(row.a),
                        number(row.b),
                        std::isnan(row.difference) ? "-" : fmt::format("{:+.4g}", row.difference),
                        interval,
                        note);
  }
  return text;
}

}  // namespace ww
