#include "plots/series.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>

#include "base/check.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/panels.hpp"
#include "plots/summaries.hpp"

namespace ww {

namespace {

constexpr double kLeft = 66, kTop = 14, kTitle = 24, kPanel = 340, kHeight = 190, kBetween = 76;
constexpr double kPanelTitle = 10, kBelow = 46, kRight = 24;
constexpr size_t kNamedLayers = 12;  // with more, the legend names a few

/// One checkpoint's summaries, as in the table: a value a layer.
struct Checkpoint {
  int64_t step = 0;
  std::string file;
  std::vector<std::vector<double>> values;
};

struct Training {
  std::string title;                    // "pope, seed 1"
  std::vector<Checkpoint> checkpoints;  // by step
};

struct Plan {
  std::string title;
  std::vector<const Summary*> shown;
  std::vector<Training> trainings;
  size_t layers = 0;  // of a lone training; else 0
  Legend legend{{}, 0};
  Caption caption;

  double panel_row() const { return kPanelTitle + kHeight + kBelow; }
  double panels_top() const { return kTop + kTitle + legend.height() + 6; }
  size_t rows() const { return (shown.size() + 1) / 2; }
  double height() const {
    return panels_top() + static_cast<double>(rows()) * panel_row() + caption.height() + kTop;
  }
};

std::string training_of(const NamedProbe& probe) {
  return fmt::format("{}, seed {}",
                     text_attribute(probe.file, "pe_type"),
                     integer_attribute(probe.file, "seed", 0));
}

int64_t step_of(const NamedProbe& probe) {
  const auto step = integer_attribute(probe.file, "training_step", -1);
  check(
      step >= 0,
      "{}: its training step is not known, so that it has no place in a series; probe checkpoints "
      "that `whatwhere train` wrote",
      probe.name);
  return step;
}

std::vector<Training> trainings_of(const std::vector<NamedProbe>& probes,
                                   const std::vector<const Summary*>& shown) {
  std::vector<Training> trainings;
  for (const auto& probe : probes) {
    const auto title = training_of(probe);
    auto found = std::ranges::find(trainings, title, &Training::title);
    if (found == trainings.end()) found = trainings.insert(found, {title, {}});
    Checkpoint checkpoint{step_of(probe), probe.name, {}};
    for (const auto* summary : shown) checkpoint.values.push_back(summary->of(probe));
    const auto same = std::ranges::find(found->checkpoints, checkpoint.step, &Checkpoint::step);
    check(same == found->checkpoints.end(),
          "{}: step {} of {} is also that of {}; a series has one file a step",
          probe.name,
          checkpoint.step,
          title,
          same == found->checkpoints.end() ? "" : same->file);
    found->checkpoints.push_back(std::move(checkpoint));
  }
  for (auto& training : trainings) {
    std::ranges::sort(training.checkpoints, {}, &Checkpoint::step);
  }
  return trainings;
}

/// A line of a panel: layer `layer`, or the mean over layers where that is nothing.
struct Line {
  const Training& training;
  size_t summary;
  std::optional<size_t> layer;
  bool log;

  double at(const Checkpoint& checkpoint) const {
    const auto& values = checkpoint.values[summary];
    if (!layer) return mean_summary(values, log);
    return *layer < values.size() ? values[*layer] : std::numeric_limits<double>::quiet_NaN();
  }
};

struct Style {
  Colour colour;
  double width, dot, opacity = 1;
};

void draw_line(Canvas& canvas,
               const Plan& plan,
               const Line& line,
               const Scale& x,
               const Scale& y,
               const Style& style) {
  std::vector<Point> points;
  for (const auto& checkpoint : line.training.checkpoints) {
    const double value = line.at(checkpoint);
    if (!std::isfinite(value)) continue;
    points.push_back({x(static_cast<double>(checkpoint.step)), y(value)});
    const auto layer = line.layer ? fmt::format("{}", *line.layer) : "mean";
    canvas.circle(points.back(),
                  style.dot,
                  style.colour,
                  {fmt::format("{}, step {}, layer {}: {:.4g}",
                               line.training.title,
                               with_commas(checkpoint.step),
                               layer,
                               value),
                   {{"map", plan.shown[line.summary]->name},
                    {"training", line.training.title},
                    {"step", fmt::format("{}", checkpoint.step)},
                    {"layer", layer},
                    {"value", fmt::format("{:.9g}", value)}}});
  }
  if (points.size() > 1) {
    canvas.polyline(points,
                    {.colour = style.colour, .width = style.width, .opacity = style.opacity});
  }
}

/// All that is drawn in a panel, the layers first.
std::vector<std::pair<Line, Style>> lines_of(const Plan& plan, size_t summary) {
  std::vector<std::pair<Line, Style>> lines;
  const bool log = plan.shown[summary]->log;
  for (size_t t = 0; t < plan.trainings.size(); ++t) {
    const auto& training = plan.trainings[t];
    const size_t count = training.checkpoints.front().values[summary].size();
    if (plan.layers > 0 && count > 1) {
      for (size_t l = 0; l < count; ++l) {
        lines.push_back({{training, summary, l, log}, {layer_colour(l, count), 1.2, 1.7, 0.8}});
      }
    }
    const auto colour = plan.trainings.size() > 1 ? line_colour(t) : kInk;
    lines.push_back({{training, summary, std::nullopt, log}, {colour, 2.2, 2.6}});
  }
  return lines;
}

Scale value_scale(const std::vector<std::pair<Line, Style>>& lines, bool log, const Box& box) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& [line, style] : lines) {
    for (const auto& checkpoint : line.training.checkpoints) {
      const double value = line.at(checkpoint);
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (!(low <= high)) return {.low = 0, .high = 1, .from = box.bottom(), .to = box.y};
  if (log) {
    return {.low = low / 1.15, .high = high * 1.15, .from = box.bottom(), .to = box.y, .log = true};
  }
  const double room = high > low ? 0.06 * (high - low) : 0.5;
  const double bottom = low >= 0 && low < 0.5 * high ? 0 : low - room;
  return {.low = bottom, .high = high + room, .from = box.bottom(), .to = box.y};
}

Scale step_scale(const Plan& plan, const Box& box) {
  int64_t last = 1;
  for (const auto& training : plan.trainings)
    last = std::max(last, training.checkpoints.back().step);
  return {.low = 0, .high = static_cast<double>(last), .from = box.x + 4, .to = box.right() - 4};
}

void draw_panel(Canvas& canvas, const Plan& plan, size_t index) {
  const Group group(canvas, "panel");
  const Box box{kLeft + static_cast<double>(index % 2) * (kPanel + kBetween),
                plan.panels_top() + static_cast<double>(index / 2) * plan.panel_row() + kPanelTitle,
                kPanel,
                kHeight};
  const auto& summary = *plan.shown[index];
  const auto lines = lines_of(plan, index);
  const auto x = step_scale(plan, box), y = value_scale(lines, summary.log, box);
  draw_y_axis(canvas, box, y, {.label = summary.label, .grid = true, .label_gap = 48});
  draw_x_axis(canvas, box, x, {.label = "training step"});
  canvas.line({box.x, box.bottom()}, {box.right(), box.bottom()}, {kQuiet});
  for (const auto& [line, style] : lines) draw_line(canvas, plan, line, x, y, style);
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  canvas.text({kLeft, kTop + 13}, plan.title, {.size = 13, .bold = true});
  plan.legend.draw(canvas, {kLeft, kTop + kTitle});
  for (size_t i = 0; i < plan.shown.size(); ++i) draw_panel(canvas, plan, i);
  plan.caption.draw(canvas, {kLeft, plan.height() - plan.caption.height() - kTop});
}

Legend legend_of(const Plan& plan) {
  std::vector<Legend::Entry> entries;
  for (size_t t = 0; plan.trainings.size() > 1 && t < plan.trainings.size(); ++t) {
    entries.emplace_back(plan.trainings[t].title, line_colour(t));
  }
  if (entries.empty()) entries.emplace_back("mean over layers", kInk);
  const size_t stride = (plan.layers + kNamedLayers - 1) / kNamedLayers;
  for (size_t l = 0; l < plan.layers; l += stride) {
    entries.emplace_back(fmt::format("layer {}", l), layer_colour(l, plan.layers));
  }
  return {std::move(entries), 2 * kPanel + kBetween};
}

std::string caption_text(const Plan& plan) {
  std::string text;
  for (const auto& training : plan.trainings) {
    text += fmt::format("{}: {} checkpoints, steps {} to {}. ",
                        training.title,
                        training.checkpoints.size(),
                        with_commas(training.checkpoints.front().step),
                        with_commas(training.checkpoints.back().step));
  }
  text +=
      "Centroid of usage: geometric mean of the wavelengths, weighted by the norm of queries times "
      "the norm of keys.";
  if (plan.trainings.size() > 1) text += " Lines are means over layers.";
  return text;
}

}  // namespace

Figure series_figure(const std::vector<NamedProbe>& probes, const FigureOptions&) {
  const auto plan = std::make_shared<Plan>();
  for (const auto& summary : summaries()) {
    const auto has = [&](const NamedProbe& probe) { return has_summary(probe, summary); };
    if (std::ranges::all_of(probes, has)) plan->shown.push_back(&summary);
  }
  plan->trainings = trainings_of(probes, plan->shown);
  check(std::ranges::any_of(plan->trainings,
                            [](const auto& training) { return training.checkpoints.size() > 1; }),
        "a series takes at least two checkpoints of one training; give more probe files");
  if (plan->trainings.size() == 1) {
    plan->layers = plan->trainings.front().checkpoints.front().values.front().size();
  }
  plan->title =
      plan->trainings.size() == 1 ? "Training of " + plan->trainings.front().title : "Trainings";
  plan->legend = legend_of(*plan);
  plan->caption = Caption(caption_text(*plan), 2 * kPanel + kBetween);
  return {plan->title,
          {kLeft + 2 * kPanel + kBetween + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
