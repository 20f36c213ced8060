#include "plots/kernel.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/check.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/kernel_lines.hpp"
#include "plots/panels.hpp"

namespace ww {

namespace {

constexpr double kLeft = 60, kTop = 14, kTitle = 24, kRight = 20, kBelow = 40, kPanelTitle = 18;
constexpr double kWhole = 760;                  // pixels for all columns
constexpr double kBetween = 16, kOwnAxis = 62;  // columns; and where each has its own numbers
constexpr double kSlash = 46, kToSlash = 10;    // the panel of attention

struct Bounds {
  double low = 0, high = 0;
  void include(const Curve& curve) {
    if (curve.empty()) return;
    low = std::min(low, *std::ranges::min_element(curve));
    high = std::max(high, *std::ranges::max_element(curve));
  }
};

struct Plan {
  std::vector<KernelFile> files;
  std::vector<size_t> layers;
  size_t columns = 1;
  bool separate = false, slash = false;
  std::string heads;  // what the main curve is of
  Legend legend{{}, 0};
  Caption caption;

  double gap() const { return separate ? kOwnAxis : kBetween; }
  double panel_width() const {
    const auto count = static_cast<double>(columns);
    return (kWhole - (count - 1) * gap()) / count;
  }
  double panel_height() const { return columns == 1 ? 260 : columns == 2 ? 180 : 120; }
  double dot() const { return columns <= 2 ? 1.7 : 1; }
  double row() const {
    return kPanelTitle + panel_height() + (slash ? kToSlash + kSlash : 0) + kBelow;
  }
  size_t rows() const { return (layers.size() + columns - 1) / columns; }
  double top() const { return kTop + kTitle + (files.size() > 1 ? legend.height() + 6 : 0); }
  double height() const {
    return top() + static_cast<double>(rows()) * row() + caption.height() + kTop;
  }
};

/// "most at 3": the offset that the main curve likes best.
void draw_best(Canvas& canvas, const Box& box, const KernelFile& file, const Curve& curve) {
  const auto best = std::ranges::max_element(curve) - curve.begin();
  canvas.text({box.right() - 2, box.y - 5},
              fmt::format("most at {}", file.lags[static_cast<size_t>(best)]),
              {.size = 9.5, .anchor = Anchor::end, .colour = kQuiet});
}

void draw_axis(
    Canvas& canvas, const Box& box, const Scale& y, const std::string& label, bool numbers) {
  if (numbers) {
    draw_y_axis(
        canvas, box, y, {.label = label, .size = 9, .ticks = 4, .grid = true, .label_gap = 40});
    return;
  }
  for (const double value : ticks_of(y, 4)) {
    canvas.line({box.x, y(value)}, {box.right(), y(value)}, {kFaint});
  }
}

Scale scale_of(const Bounds& bounds, const Box& box) {
  const double room = bounds.high > bounds.low ? 0.06 * (bounds.high - bounds.low) : 1;
  return {.low = bounds.low - room, .high = bounds.high + room, .from = box.bottom(), .to = box.y};
}

Bounds bounds_of(const Plan& plan, std::optional<size_t> layer) {
  Bounds bounds;
  for (const auto& file : plan.files) {
    for (const auto& curves : file.layers) {
      if (layer && *layer != curves.layer) continue;
      bounds.include(curves.main);
      if (plan.files.size() > 1) continue;
      for (const auto& head : curves.heads) bounds.include(head);
    }
  }
  return bounds;
}

void draw_kernel(Canvas& canvas, const Plan& plan, size_t layer, const Box& box, bool numbers) {
  const auto& first = plan.files.front();
  const LagAxis x{box, first.lags.back()};
  const auto y =
      scale_of(bounds_of(plan, plan.separate ? std::optional(layer) : std::nullopt), box);
  draw_axis(canvas, box, y, "K \u2013 mean", numbers);
  canvas.line({box.x, y(0)}, {box.right(), y(0)}, {.colour = kMissing});
  const bool many = plan.files.size() > 1;
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const auto* const curves = curves_of(plan.files[i], layer);
    if (curves == nullptr || curves->main.empty()) continue;
    for (const auto& head : curves->heads) {
      if (many || curves->heads.size() == 1) continue;
      draw_thin_curve(canvas, first, head, x, y);
    }
    const auto colour = many || curves->heads.size() == 1 ? line_colour(i) : kInk;
    draw_kernel_curve(
        canvas, {plan.files[i], layer, colour, "kernel", plan.dot()}, curves->main, x, y);
    if (!many) draw_best(canvas, box, plan.files[i], curves->main);
  }
}

void draw_slash(Canvas& canvas, const Plan& plan, size_t layer, const Box& box, bool numbers) {
  Bounds bounds;
  for (const auto& file : plan.files) {
    for (const auto& curves : file.layers) {
      if (!plan.separate || curves.layer == layer) bounds.include(curves.slash);
    }
  }
  const Scale y{.low = 0,
                .high = bounds.high > 0 ? round_up(bounds.high) : 1,
                .from = box.bottom(),
                .to = box.y};
  if (numbers) {
    draw_y_axis(canvas,
                box,
                y,
                {.label = "attention", .size = 9, .ticks = 2, .grid = true, .label_gap = 40});
  }
  const LagAxis x{box, plan.files.front().lags.back()};
  for (size_t i = 0; i < plan.files.size(); ++i) {
    const auto* const curves = curves_of(plan.files[i], layer);
    if (curves == nullptr || curves->slash.empty()) continue;
    draw_kernel_curve(
        canvas, {plan.files[i], layer, line_colour(i), "slash", plan.dot()}, curves->slash, x, y);
  }
}

void draw_panel(Canvas& canvas, const Plan& plan, size_t index) {
  const Group group(canvas, "panel");
  const size_t row = index / plan.columns, column = index % plan.columns;
  const size_t layer = plan.layers[index];
  const double left = kLeft + static_cast<double>(column) * (plan.panel_width() + plan.gap());
  const double top = plan.top() + static_cast<double>(row) * plan.row() + kPanelTitle;
  const bool numbers = column == 0 || plan.separate;
  Box box{left, top, plan.panel_width(), plan.panel_height()};
  canvas.text(
      {left, top - 5}, fmt::format("layer {}{}", layer, plan.heads), {.size = 11, .bold = true});
  draw_kernel(canvas, plan, layer, box, numbers);
  if (plan.slash) {
    box = {left, box.bottom() + kToSlash, box.width, kSlash};
    draw_slash(canvas, plan, layer, box, numbers);
  }
  draw_lags(canvas, box, {box, plan.files.front().lags.back()});
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  const auto title = plan.files.size() > 1 ? "Kernels over the offset" : plan.files[0].about.title;
  canvas.text({kLeft, kTop + 13}, title, {.size = 13, .bold = true});
  if (plan.files.size() > 1) plan.legend.draw(canvas, {kLeft, kTop + kTitle});
  for (size_t i = 0; i < plan.layers.size(); ++i) draw_panel(canvas, plan, i);
  plan.caption.draw(canvas, {kLeft, plan.height() - plan.caption.height() - kTop});
}

/// What the dots without lines are.
std::string gaps_text(const std::vector<double>& lags) {
  const auto runs = lag_runs(lags);
  if (runs.size() < 2) return "";
  return fmt::format(" Beyond offset {} values are known at the dots only.",
                     lags[runs.front().count - 1]);
}

std::string caption_text(const Plan& plan, const FigureOptions& options) {
  std::string text;
  for (const auto& file : plan.files) text += about_note(file.about) + " ";
  text +=
      "K: mean score of a query and a key at this offset (contents paired freely), minus its mean "
      "over the offsets drawn, which softmax ignores. ";
  if (plan.files.size() > 1) {
    text += options.head ? fmt::format("Head {}.", *options.head) : "Mean over heads.";
  } else if (!options.head) {
    text += "Thin lines: heads; black: their mean.";
  }
  if (plan.slash) text += " Beneath: mean attention at the offset.";
  text += gaps_text(plan.files.front().lags);
  if (plan.separate) text += " Each panel has an axis of its own.";
  return text;
}

}  // namespace

Figure kernel_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto plan = std::make_shared<Plan>();
  std::vector<std::string> titles;
  std::vector<Legend::Entry> entries;
  for (const auto& probe : probes) {
    const auto& file = plan->files.emplace_back(kernel_file(probe, options));
    check(file.lags == plan->files.front().lags,
          "{}: its offsets are not those of {}; draw them apart",
          probe.name,
          probes.front().name);
    entries.emplace_back(file.about.title, line_colour(entries.size()));
    titles.push_back(file.about.title);
    for (const auto& curves : file.layers) {
      if (std::ranges::find(plan->layers, curves.layer) == plan->layers.end()) {
        plan->layers.push_back(curves.layer);
      }
      plan->slash = plan->slash || !curves.slash.empty();
    }
  }
  plan->columns = std::min<size_t>(plan->layers.size(), plan->layers.size() <= 4 ? 2 : 4);
  plan->separate = is_separate(options.scale);
  if (options.head) plan->heads = fmt::format(", head {}", *options.head);
  plan->legend = {std::move(entries), kWhole};
  plan->caption = Caption(caption_text(*plan, options), kWhole);
  return {fmt::format("Kernels over the offset of {}", fmt::join(titles, ", ")),
          {kLeft + kWhole + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
