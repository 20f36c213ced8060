#include "models/formats/rope_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr int64_t kWidest = 1 << 16;  // features of a head, more than any model has
constexpr double kLargestFactor = 1e6;
constexpr double kTurn = 2 * std::numbers::pi;

/// base^(-2i/r) for i = 0 .. r/2 - 1.
std::vector<double> geometric(double base, int64_t r) {
  std::vector<double> theta;
  for (int64_t i = 0; i < r / 2; ++i) {
    theta.push_back(std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(r)));
  }
  return theta;
}

/// 0.1 k ln s + 1, what yarn multiplies cosines and sines with.
double yarn_scale(double s, double k) { return s <= 1 ? 1 : 0.1 * k * std::log(s) + 1; }

FrequencyTable linear(const RopeScaling& rope) {
  FrequencyTable table{geometric(rope.base, rope.width)};
  for (auto& theta : table.theta) theta /= rope.factor.value_or(1);
  return table;
}

FrequencyTable dynamic(const RopeScaling& rope, int64_t text_length) {
  const double s = *rope.factor, r = static_cast<double>(rope.width);
  const double T = std::max(static_cast<double>(text_length), rope.longest);
  const double stretch = std::pow(s * T / rope.longest - (s - 1), r / (r - 2));
  return {geometric(rope.base * stretch, rope.width)};
}

FrequencyTable yarn(const RopeScaling& rope) {
  const double s = rope.factor.value_or(rope.longest / rope.original_length);
  const double r = static_cast<double>(rope.width);
  const auto dimension = [&](double rotations) {
    return r * std::log(rope.original_length / (rotations * kTurn)) / (2 * std::log(rope.base));
  };
  double lo = dimension(rope.beta_fast), hi = dimension(rope.beta_slow);
  if (rope.truncate) lo = std::floor(lo), hi = std::ceil(hi);
  lo = std::max(lo, 0.0), hi = std::min(hi, r - 1);
  if (lo == hi) hi += 0.001;
  FrequencyTable table{geometric(rope.base, rope.width)};
  for (size_t i = 0; i < table.theta.size(); ++i) {
    const double m = std::clamp((static_cast<double>(i) - lo) / (hi - lo), 0.0, 1.0);
    table.theta[i] *= (1 - m) + m / s;
  }
  const bool both = rope.mscale.value_or(0) != 0 && rope.mscale_all.value_or(0) != 0;
  table.factor = rope.attention_factor.value_or(
      both ? yarn_scale(s, *rope.mscale) / yarn_scale(s, *rope.mscale_all) : yarn_scale(s, 1));
  return table;
}

FrequencyTable longrope(const RopeScaling& rope, int64_t text_length) {
  const bool is_long = static_cast<double>(text_length) > rope.original_length;
  const auto& divisors = is_long ? rope.long_factors : rope.short_factors;
  FrequencyTable table{geometric(rope.base, rope.width)};
  for (size_t i = 0; i < divisors.size(); ++i) table.theta[i] /= divisors[i];
  const double s = rope.factor.value_or(rope.longest / rope.original_length);
  table.factor = rope.attention_factor.value_or(
      s <= 1 ? 1 : std::sqrt(1 + std::log(s) / std::log(rope.original_length)));
  return table;
}

FrequencyTable llama3(const RopeScaling& rope) {
  FrequencyTable table{geometric(rope.base, rope.width)};
  for (auto& theta : table.theta) {
    const double rotations = rope.original_length * theta / kTurn;
    const double m = std::clamp((rotations - rope.low) / (rope.high - rope.low), 0.0, 1.0);
    theta *= (1 - m) / *rope.factor + m;
  }
  return table;
}

FrequencyTable proportional(const RopeScaling& rope) {
  FrequencyTable table{geometric(rope.base, rope.head_width)};
  const auto kept = static_cast<size_t>(rope.share * static_cast<double>(rope.head_width) / 2);
  for (size_t i = 0; i < table.theta.size(); ++i) {
    table.theta[i] = i < kept ? table.theta[i] / rope.factor.value_or(1) : 0;
  }
  return table;
}

void check_divisors(const RopeScaling& rope,
                    const char* name,
                    const std::vector<double>& divisors,
                    const std::string& where) {
  const auto frequencies = static_cast<size_t>(rope.width / 2);
  check(divisors.size() == frequencies,
        "{}: {} of longrope has {} numbers for {} frequencies",
        where,
        name,
        divisors.size(),
        frequencies);
  check(std::ranges::all_of(divisors, [](double e) { return e > 0 && std::isfinite(e); }),
        "{}: {} of longrope must hold positive finite numbers alone",
        where,
        name);
}

/// Numbers that a wrong file may have, whatever the type.
void check_numbers(const RopeScaling& rope, const std::string& where) {
  const double factor = rope.factor.value_or(1), strength = rope.attention_factor.value_or(1);
  check(factor > 0 && factor <= kLargestFactor,
        "{}: the rope factor must be above 0 and at most {} but is {}",
        where,
        kLargestFactor,
        factor);
  check(strength > 0 && std::isfinite(strength),
        "{}: attention_factor must be positive and finite but is {}",
        where,
        strength);
  for (const auto& mscale : {rope.mscale, rope.mscale_all}) {  // 0 is as if there were none
    check(mscale.value_or(0) >= 0 && std::isfinite(mscale.value_or(0)),
          "{}: mscale and mscale_all_dim must not be negative but one is {}",
          where,
          mscale.value_or(0));
  }
  if (rope.type != "longrope") return;
  check_divisors(rope, "short_factor", rope.short_factors, where);
  check_divisors(rope, "long_factor", rope.long_factors, where);
}

void check_rope(const RopeScaling& rope, const std::string& where) {
  check(rope.width > 0 && rope.width % 2 == 0 && rope.width <= rope.head_width,
        "{}: {} of {} features would turn; they must be even in number and no more than there are",
        where,
        rope.width,
        rope.head_width);
  check(rope.width <= kWidest, "{}: {} features of a head cannot turn", where, rope.width);
  check(rope.base > 1, "{}: rope_theta must be above 1 but is {}", where, rope.base);
  const auto needs = [&](const char* type, bool holds, const char* what) {
    check(rope.type != type || holds, "{}: rope type {} needs {}", where, type, what);
  };
  check_numbers(rope, where);
  const bool has_factor = rope.factor.has_value(), has_length = rope.original_length > 1;
  needs("linear", has_factor, "a positive factor");
  needs("dynamic", has_factor && rope.longest > 0 && rope.width > 2, "a factor and a length");
  needs("yarn", has_length && (has_factor || rope.longest > 0), "an original length");
  needs("yarn", rope.beta_fast > rope.beta_slow && rope.beta_slow > 0, "beta_fast > beta_slow > 0");
  needs("longrope", has_length && (has_factor || rope.longest > 0), "an original length");
  needs("llama3", has_factor && has_length, "a factor and an original length");
  needs("llama3", rope.high > rope.low && rope.low > 0, "high_freq_factor > low_freq_factor > 0");
}

}  // namespace

FrequencyTable frequency_table(const RopeScaling& rope,
                               int64_t text_length,
                               const std::string& where) {
  check_rope(rope, where);
  FrequencyTable table;
  if (rope.type == "default") {
    table.theta = geometric(rope.base, rope.width);
  } else if (rope.type == "none") {
    table.theta.assign(static_cast<size_t>(rope.width / 2), 0.0);
  } else if (rope.type == "linear") {
    table = linear(rope);
  } else if (rope.type == "dynamic") {
    table = dynamic(rope, text_length);
  } else if (rope.type == "yarn") {
    table = yarn(rope);
  } else if (rope.type == "longrope") {
    table = longrope(rope, text_length);
  } else if (rope.type == "llama3") {
    table = llama3(rope);
  } else if (rope.type == "proportional") {
    table = proportional(rope);
  } else {
    refuse(
        "{}: rope type '{}' is not supported; there are: default, linear, dynamic, yarn, "
        "longrope, llama3, proportional",
        where,
        rope.type);
  }
  check(rope.divisors.empty() || rope.divisors.size() == table.theta.size(),
        "{}: has divisors of {} frequencies, not of {}",
        where,
        rope.divisors.size(),
        table.theta.size());
  for (size_t i = 0; i < rope.divisors.size(); ++i) table.theta[i] /= rope.divisors[i];
  table.factor *= rope.strength;
  const bool finite = std::ranges::all_of(
      table.theta, [](double theta) { return std::isfinite(theta) && theta >= 0; });
  check(finite && std::isfinite(table.factor) && table.factor > 0,
        "{}: its rotary parameters give frequencies that are not finite",
        where);
  return table;
}

}  // namespace ww
