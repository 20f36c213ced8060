#include "plots/panels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kLegendSize = 11, kLegendRow = 17, kSquare = 10, kEntryGap = 16;
constexpr double kLabelSize = 9.5, kLabelLine = 11.5, kLeader = 14;
constexpr Colour kPlateau = {0x99, 0x22, 0x22};

struct RungLabel {
  std::vector<std::string> lines;
  double height() const { return kLabelLine * static_cast<double>(lines.size()) + 1; }
};

RungLabel rung_label(const Rung& rung, double width, size_t most) {
  const auto text =
      fmt::format("{:.2f} {}{}", 100 * rung.accuracy, rung.plateau ? "PLATEAU " : "", rung.view);
  RungLabel label{wrap_text(text, width, kLabelSize, rung.plateau)};
  if (label.lines.size() <= most) return label;
  label.lines.resize(most);
  auto& last = label.lines.back();
  while (text_width(last + " \u2026", kLabelSize, rung.plateau) > width &&
         last.find(' ') != std::string::npos) {
    last.resize(last.rfind(' '));
  }
  last += " \u2026";
  return label;
}

void draw_rung(
    Canvas& canvas, const Box& box, const Rung& rung, const RungLabel& label, double centre) {
  const double y = percent_scale(box)(100 * rung.accuracy);
  const Colour colour = rung.plateau ? kPlateau : kQuiet;
  const double width = rung.plateau ? 1.8 : 0.8;
  canvas.line({box.x, y}, {box.right(), y}, {.colour = colour, .width = width, .dash = {5, 4}});
  canvas.polyline(std::array{Point{box.right(), y},
                             Point{box.right() + 3, y},
                             Point{box.right() + kLeader - 3, centre}},
                  {.colour = colour, .width = 0.7});
  double baseline = centre - label.height() / 2 + kLabelLine - 2;
  for (const auto& line : label.lines) {
    canvas.text({box.right() + kLeader, baseline},
                line,
                {.size = kLabelSize, .bold = rung.plateau, .colour = colour});
    baseline += kLabelLine;
  }
}

}  // namespace

Legend::Legend(std::vector<Entry> entries, double width) : entries_(std::move(entries)) {
  Point place;
  for (const auto& [name, colour] : entries_) {
    const double length = kSquare + 5 + text_width(name, kLegendSize);
    if (place.x > 0 && place.x + length > width) place = {0, place.y + kLegendRow};
    places_.push_back(place);
    place.x += length + kEntryGap;
  }
}

double Legend::height() const { return places_.empty() ? 0 : places_.back().y + kLegendRow; }

void Legend::draw(Canvas& canvas, Point corner) const {
  const Group group(canvas, "legend");
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Point at{corner.x + places_[i].x, corner.y + places_[i].y};
    canvas.rect({at.x, at.y + 2, kSquare, kSquare}, entries_[i].second);
    canvas.text({at.x + kSquare + 5, at.y + 11}, entries_[i].first, {.size = kLegendSize});
  }
}

Legend arm_legend(const TaskRuns& task, double width) {
  std::vector<Legend::Entry> entries;
  for (const auto& arm : task.arms) entries.emplace_back(arm.name, arm.colour);
  return {std::move(entries), width};
}

Scale percent_scale(const Box& box) {
  return {.low = 0, .high = 100, .from = box.bottom(), .to = box.y};
}

void draw_percent_axis(Canvas& canvas, const Box& box, const std::string& label) {
  draw_y_axis(
      canvas, box, percent_scale(box), {.label = label, .ticks = 5, .grid = true, .label_gap = 36});
}

std::vector<double> spread(const std::vector<double>& wanted,
                           const std::vector<double>& heights,
                           double top,
                           double bottom) {
  std::vector<size_t> order(wanted.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(
      order.begin(), order.end(), [&](size_t a, size_t b) { return wanted[a] < wanted[b]; });
  auto places = wanted;
  double edge = top;
  for (const size_t i : order) {
    places[i] = std::max(places[i], edge + heights[i] / 2);
    edge = places[i] + heights[i] / 2;
  }
  edge = bottom;
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    places[*i] = std::min(places[*i], edge - heights[*i] / 2);
    edge = places[*i] - heights[*i] / 2;
  }
  return places;
}

void draw_rungs(
    Canvas& canvas, const Box& box, std::span<const Rung> rungs, double width, size_t lines) {
  const Group group(canvas, "floors");
  std::vector<RungLabel> labels;
  std::vector<double> wanted, heights;
  for (const auto& rung : rungs) {
    labels.push_back(rung_label(rung, width - kLeader, lines));
    wanted.push_back(percent_scale(box)(100 * rung.accuracy));
    heights.push_back(labels.back().height());
  }
  const auto places = spread(wanted, heights, box.y - 8, box.bottom() + 8);
  for (size_t i = 0; i < rungs.size(); ++i) {
    draw_rung(canvas, box, rungs[i], labels[i], places[i]);
  }
}

}  // namespace ww
