#include "plots/ablation_bars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kGap = 0.3;                       // of a bar's width
constexpr double kMaxBar = 26, kGroupShare = 0.8;  // pixels; of a group's room

std::string panel_title(const LossPanel& panel) {
  switch (panel.target) {
    case LossTarget::all_layers:
      return "all layers at once";
    case LossTarget::bands:
      return fmt::format("layer {}, by band of wavelengths (tokens)", panel.layer);
    case LossTarget::heads:
      return fmt::format("layer {}, by head", panel.layer);
  }
  return "";
}

std::string interval_text(const LossBar& bar) {
  return std::isfinite(bar.low) ? fmt::format(" [{:+.4g}, {:+.4g}]", bar.low, bar.high) : "";
}

/// A panel as it is drawn.
class PanelDrawing {
 public:
  PanelDrawing(Canvas& canvas,
               const std::vector<std::string>& interventions,
               const LossPanel& panel,
               Box box,
               Scale y)
      : canvas_(canvas), interventions_(interventions), panel_(panel), box_(box), y_(y) {
    // one width for the whole panel: that of its fullest group
    double units = 1;
    for (const auto& group : panel.groups) units = std::max(units, units_of(group));
    const double room = kGroupShare * box.width / static_cast<double>(panel.groups.size());
    unit_ = std::min(kMaxBar, room / units);
  }

  void draw() {
    const Group group(canvas_, "panel");
    canvas_.text({box_.x, box_.y - 6}, panel_title(panel_), {.size = 11.5, .bold = true});
    draw_y_axis(
        canvas_,
        box_,
        y_,
        {.label = "\u0394 loss [nat/prediction]", .ticks = 4, .grid = true, .label_gap = 48});
    const double each = box_.width / static_cast<double>(panel_.groups.size());
    for (size_t g = 0; g < panel_.groups.size(); ++g) {
      const double centre = box_.x + (static_cast<double>(g) + 0.5) * each;
      draw_group(panel_.groups[g], centre, each);
    }
    if (panel_.target == LossTarget::heads) {
      canvas_.text({box_.x - 7, box_.bottom() + 13},
                   "head",
                   {.size = 10, .anchor = Anchor::end, .colour = kQuiet});
    }
    canvas_.line({box_.x, y_(0)}, {box_.right(), y_(0)}, {.colour = kInk});
  }

 private:
  static double units_of(const LossBar& bar) {
    return 1 + kControlWidth * (std::isfinite(bar.random) + std::isfinite(bar.matched));
  }
  static double units_of(const LossGroup& group) {
    double units = kGap * (static_cast<double>(group.bars.size()) - 1);
    for (const auto& bar : group.bars) units += units_of(bar);
    return units;
  }

  void draw_group(const LossGroup& group, double centre, double room) {
    double x = centre - unit_ * units_of(group) / 2;
    for (const auto& bar : group.bars) {
      const auto colour = line_colour(bar.intervention);
      draw_bar(x, unit_, bar.value, colour, "delta-loss", bar, group);
      draw_interval(x + unit_ / 2, bar);
      x += unit_;
      for (const auto& [value, fill, name] : {std::tuple{bar.random, kRandomControl, "random"},
                                              {bar.matched, kMatchedControl, "matched"}}) {
        if (!std::isfinite(value)) continue;
        draw_bar(x, kControlWidth * unit_, value, fill, name, bar, group);
        x += kControlWidth * unit_;
      }
      x += kGap * unit_;
    }
    const double size = std::min(10.0, 10.0 * room / (text_width(group.label, 10) + 4));
    canvas_.text({centre, box_.bottom() + 13},
                 group.label,
                 {.size = std::max(6.0, size), .anchor = Anchor::middle, .colour = kQuiet});
  }

  void draw_bar(double x,
                double width,
                double value,
                Colour fill,
                const std::string& what,
                const LossBar& bar,
                const LossGroup& group) {
    const double top = std::min(y_(value), y_(0)), height = std::abs(y_(value) - y_(0));
    const auto& name = interventions_[bar.intervention];
    canvas_.rect(
        {x, top, width, height},
        fill,
        {fmt::format("{}, {}, {}: {} {:+.4g} nat/prediction{}",
                     panel_title(panel_),
                     group.label,
                     name,
                     what,
                     value,
                     interval_text(bar)),
         {{"map", what},
          {"intervention", name},
          {"layer",
           panel_.target == LossTarget::all_layers ? "all" : fmt::format("{}", panel_.layer)},
          {"target", group.label},
          {"value", fmt::format("{:.9g}", value)}}});
  }

  void draw_interval(double x, const LossBar& bar) {
    if (!std::isfinite(bar.low) || !std::isfinite(bar.high)) return;
    const Stroke stroke{.colour = kInk, .width = 1.2};
    const double cap = std::min(3.0, unit_ / 4);
    canvas_.line({x, y_(bar.low)}, {x, y_(bar.high)}, stroke);
    for (const double end : {bar.low, bar.high}) {
      canvas_.line({x - cap, y_(end)}, {x + cap, y_(end)}, stroke);
    }
  }

  Canvas& canvas_;
  const std::vector<std::string>& interventions_;
  const LossPanel& panel_;
  Box box_;
  Scale y_;
  double unit_ = 1;  // a bar's width, pixels
};

}  // namespace

void LossRange::include(const LossBar& bar) {
  for (const double value : {bar.value, bar.low, bar.high, bar.random, bar.matched}) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
}

void LossRange::include(const LossRange& other) {
  low = std::min(low, other.low);
  high = std::max(high, other.high);
}

void LossRange::include(const LossPanel& panel) {
  for (const auto& group : panel.groups) {
    for (const auto& bar : group.bars) include(bar);
  }
}

Scale LossRange::scale(double from, double to) const {
  const double room = high > low ? 0.04 * (high - low) : 1;
  return {.low = low < 0 ? low - room : 0,
          .high = high > 0 ? high + room : (low < 0 ? room : 1),
          .from = from,
          .to = to};
}

void draw_loss_panel(Canvas& canvas,
                     const std::vector<std::string>& interventions,
                     const LossPanel& panel,
                     const Box& box,
                     const LossRange& range) {
  PanelDrawing(canvas, interventions, panel, box, range.scale(box.bottom(), box.y)).draw();
}

Meaning loss_meaning(const std::string& what,
                     const std::string& intervention,
                     size_t layer,
                     double value,
                     const LossBar& bar) {
  const bool known = std::isfinite(value);
  return {fmt::format("{}, layer {}: {} {}{}",
                      intervention,
                      layer,
                      what,
                      known ? fmt::format("{:+.4g} nat/prediction", value) : "not run",
                      interval_text(bar)),
          {{"map", what},
           {"intervention", intervention},
           {"layer", fmt::format("{}", layer)},
           {"value", known ? fmt::format("{:.9g}", value) : "NaN"}}};
}

Legend loss_legend(const Ablation& file, double width) {
  std::vector<Legend::Entry> entries;
  for (size_t i = 0; i < file.interventions.size(); ++i) {
    entries.emplace_back(file.interventions[i], line_colour(i));
  }
  if (file.has_random) entries.emplace_back("control: random chunks", kRandomControl);
  if (file.has_matched) entries.emplace_back("control: chunks of nearest usage", kMatchedControl);
  return {std::move(entries), width};
}

}  // namespace ww
