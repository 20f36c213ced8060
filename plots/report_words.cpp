#include "plots/report_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/survival.hpp"
#include "plots/axis.hpp"

namespace ww {

namespace {

constexpr auto kNothing = "\u2013";
constexpr double kNever = std::numeric_limits<double>::infinity();

std::string steps_or_beyond(double steps, int64_t budget) {
  return steps == kNever ? ">\u00a0" + with_commas(budget) : rounded(steps);
}

/// Unlike a median of numbers: the mean of a number and "never" is "never".
double median_time(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const size_t middle = times.size() / 2;
  return times.size() % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

}  // namespace

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string share_with_interval(int64_t right, int64_t asked) {
  if (asked == 0) return kNothing;
  const auto interval = wilson(right, asked);
  return fmt::format("{} [{:.1f}, {:.1f}]",
                     percent(static_cast<double>(right) / static_cast<double>(asked)),
                     100 * interval.low,
                     100 * interval.high);
}

std::string outcome(const RunRecord& run) {
  if (!run.header.trained) return "not trained here";
  if (!run.closing) {
    return run.evaluations.empty() ? "unfinished: no evaluation yet"
                                   : fmt::format("unfinished: last evaluation at step {}",
                                                 with_commas(run.evaluations.back().step));
  }
  const auto& closing = *run.closing;
  if (closing.stopped == "interrupted") {
    return fmt::format("interrupted at step {}", with_commas(closing.steps));
  }
  if (closing.solved_step) {
    const auto at = fmt::format("at step {}", with_commas(*closing.solved_step));
    return closing.lost ? fmt::format("solved {}, lost by step {}", at, with_commas(closing.steps))
                        : "SOLVED " + at;
  }
  return fmt::format(
      "not solved within {} steps ({})", with_commas(closing.steps), lower(closing.label));
}

std::string run_name(const Arm& arm, const RunRecord& run) {
  return arm.trained ? fmt::format("{}, seed {}", arm.name, run.header.init_seed) : arm.name;
}

std::string counted(size_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string rounded(double value) {
  if (std::abs(value) >= 100) return with_commas(std::llround(value));
  return fmt::format("{:.2g}", value);
}

std::string median_and_range(const std::vector<double>& values) {
  std::vector<double> known;
  for (const double value : values) {
    if (!std::isnan(value)) known.push_back(value);
  }
  if (known.empty()) return kNothing;
  const auto [low, high] = std::minmax_element(known.begin(), known.end());
  const auto middle = rounded(median(known));
  return known.size() == 1 ? middle
                           : fmt::format("{} [{}, {}]", middle, rounded(*low), rounded(*high));
}

std::string steps_to_solve(const Arm& arm) {
  std::vector<Lifetime> lifetimes;
  std::vector<double> times;
  for (const auto* run : arm.runs) {
    if (!run->finished()) continue;
    const auto solved = run->closing->solved_step;
    lifetimes.push_back({static_cast<double>(solved.value_or(arm.steps)), solved.has_value()});
    times.push_back(solved ? static_cast<double>(*solved) : kNever);
  }
  if (times.empty()) return kNothing;
  if (times.size() == 1) return steps_or_beyond(times.front(), arm.steps);
  const auto [low, high] = std::minmax_element(times.begin(), times.end());
  if (*low == kNever) return ">\u00a0" + with_commas(arm.steps);
  return fmt::format("mean {}; median {} [{}, {}]",
                     rounded(restricted_mean(lifetimes, static_cast<double>(arm.steps))),
                     steps_or_beyond(median_time(times), arm.steps),
                     steps_or_beyond(*low, arm.steps),
                     steps_or_beyond(*high, arm.steps));
}

std::pair<int64_t, int64_t> solve_count(const Arm& arm) {
  std::pair<int64_t, int64_t> counts{0, 0};
  for (const auto* run : arm.runs) {
    if (!run->finished()) continue;
    counts.first += run->closing->solved_step.has_value();
    ++counts.second;
  }
  return counts;
}

Markup arm_label(const Arm& arm) {
  return markup(
      "<span class=\"swatch\" style=\"background:{}\"></span>{}", hex(arm.colour), arm.name);
}

}  // namespace ww
