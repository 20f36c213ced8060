#include "plots/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kSlack = 1e-9;  // of the range: a tick on the very end counts
constexpr double kTick = 4;
constexpr double kToLabel = 6;  // from the widest number to the label's baseline

/// The widest of 1, 2, 5 times a power of ten that is not wider than `step` times about 1.5.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  const double lead = step / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

std::vector<double> powers(double low, double high, std::initializer_list<double> leads) {
  std::vector<double> values;
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  for (int power = static_cast<int>(std::floor(std::log10(low))); power <= last; ++power) {
    for (const double lead : leads) {
      const double value = lead * std::pow(10.0, power);
      if (value >= low * (1 - kSlack) && value <= high * (1 + kSlack)) values.push_back(value);
    }
  }
  return values;
}

}  // namespace

double Scale::share(double value) const {
  if (low == high) return 0;
  return log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

std::vector<double> linear_ticks(double low, double high, int count) {
  if (!(high > low)) return {low};
  const double step = round_step((high - low) / count);
  std::vector<double> values;
  const auto first = static_cast<int64_t>(std::ceil(low / step - kSlack));
  const auto last = static_cast<int64_t>(std::floor(high / step + kSlack));
  for (auto i = first; i <= last; ++i) values.push_back(static_cast<double>(i) * step);
  return values;
}

std::vector<double> log_ticks(double low, double high, int count) {
  auto values = powers(low, high, {1});
  if (values.size() < 3) values = powers(low, high, {1, 2, 5});
  if (values.size() < 3) return linear_ticks(low, high, count);
  const auto limit = static_cast<size_t>(count);
  if (values.size() <= limit) return values;
  std::vector<double> thinned;
  const size_t stride = (values.size() + limit - 1) / limit;
  for (size_t i = 0; i < values.size(); i += stride) thinned.push_back(values[i]);
  return thinned;
}

std::vector<double> ticks_of(const Scale& scale, int count) {
  return scale.log ? log_ticks(scale.low, scale.high, count)
                   : linear_ticks(scale.low, scale.high, count);
}

double round_up(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double lead : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0}) {
    if (lead * power >= value * (1 - kSlack)) return lead * power;
  }
  return 10 * power;
}

std::string with_commas(int64_t value) {
  auto digits = fmt::format("{}", value < 0 ? -value : value);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<size_t>(place), 1, ',');
  }
  return value < 0 ? "-" + digits : digits;
}

std::string tick_label(double value) {
  if (value == 0) return "0";
  if (std::abs(value) < 1e6 && value == std::round(value)) {
    return with_commas(static_cast<int64_t>(value));
  }
  return fmt::format("{:.4g}", value);
}

void draw_x_axis(Canvas& canvas, const Box& box, const Scale& scale, const AxisStyle& style) {
  for (const double value : ticks_of(scale, style.ticks)) {
    const double x = scale(value);
    if (style.grid) canvas.line({x, box.y}, {x, box.bottom()}, {kFaint});
    canvas.line({x, box.bottom()}, {x, box.bottom() + kTick}, {kQuiet});
    canvas.text({x, box.bottom() + kTick + style.size + 1},
                tick_label(value),
                {.size = style.size, .anchor = Anchor::middle, .colour = kQuiet});
  }
  canvas.text({box.x + box.width / 2, box.bottom() + style.label_gap},
              style.label,
              {.size = style.size + 1, .anchor = Anchor::middle});
}

void draw_y_axis(Canvas& canvas, const Box& box, const Scale& scale, const AxisStyle& style) {
  double widest = 0;
  for (const double value : ticks_of(scale, style.ticks)) {
    widest = std::max(widest, text_width(tick_label(value), style.size));
    const double y = scale(value);
    if (style.grid) canvas.line({box.x, y}, {box.right(), y}, {kFaint});
    canvas.line({box.x - kTick, y}, {box.x, y}, {kQuiet});
    canvas.text({box.x - kTick - 3, y + style.size * 0.35},
                tick_label(value),
                {.size = style.size, .anchor = Anchor::end, .colour = kQuiet});
  }
  const double gap = std::max(style.label_gap, kTick + 3 + widest + kToLabel);
  canvas.text({box.x - gap, box.y + box.height / 2},
              style.label,
              {.size = style.size + 1, .anchor = Anchor::middle, .angle = -90});
}

}  // namespace ww
