#include "plots/ablation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "plots/ablation_data.hpp"
#include "plots/colours.hpp"
#include "plots/grid.hpp"
#include "plots/panels.hpp"

namespace ww {

namespace {

constexpr double kLeft = 66, kTop = 14, kTitle = 24, kWidth = 640, kRight = 20;
constexpr double kPanelTitle = 18, kPanel = 104, kLabels = 24, kBetweenFiles = 16;
constexpr double kControl = 0.45, kGap = 0.3;      // of a bar's width
constexpr double kMaxBar = 26, kGroupShare = 0.8;  // pixels; of a group's room
constexpr Colour kRandom = {0xd0, 0xd0, 0xd0}, kMatched = {0x90, 0x90, 0x90};

/// From the lowest to the highest loss, zero included.
struct Range {
  double low = 0, high = 0;
  void include(const LossBar& bar) {
    for (const double value : {bar.value, bar.low, bar.high, bar.random, bar.matched}) {
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  void include(const LossPanel& panel) {
    for (const auto& group : panel.groups) {
      for (const auto& bar : group.bars) include(bar);
    }
  }
  Scale scale(const Box& box) const {
    const double room = high > low ? 0.04 * (high - low) : 1;
    return {.low = low < 0 ? low - room : 0,
            .high = high > 0 ? high + room : (low < 0 ? room : 1),
            .from = box.bottom(),
            .to = box.y};
  }
};

struct Plan {
  std::vector<Ablation> files;
  std::map<LossTarget, Range> ranges;
  bool separate = false;
  std::vector<Legend> legends;  // one a file
  Caption caption;

  double block(size_t file) const {
    const auto panels = static_cast<double>(files[file].panels.size());
    return kTitle + legends[file].height() + 8 + panels * (kPanelTitle + kPanel + kLabels);
  }
  double height() const {
    double sum = 2 * kTop + caption.height();
    for (size_t i = 0; i < files.size(); ++i) sum += block(i) + kBetweenFiles;
    return sum;
  }
};

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

/// One file's panel as it is drawn.
class PanelDrawing {
 public:
  PanelDrawing(Canvas& canvas, const Ablation& file, const LossPanel& panel, Box box, Scale y)
      : canvas_(canvas), file_(file), panel_(panel), box_(box), y_(y) {
    // one width for the whole panel: that of its fullest group
    double units = 1;
    for (const auto& group : panel.groups) units = std::max(units, units_of(group));
    const double room = kGroupShare * box.width / static_cast<double>(panel.groups.size());
    unit_ = std::min(kMaxBar, room / units);
  }

  void draw() {
    const Group group(canvas_, "panel");
    canvas_.text({box_.x, box_.y - 6}, panel_title(panel_), {.size = 11.5, .bold = true});
    draw_y_axis(canvas_,
                box_,
                y_,
                {.label = "\u0394 loss [nat/token]", .ticks = 4, .grid = true, .label_gap = 48});
    const double each = box_.width / static_cast<double>(panel_.groups.size());
    for (size_t g = 0; g < panel_.groups.size(); ++g) {
      const double centre = box_.x + (static_cast<double>(g) + 0.5) * each;
      draw_group(panel_.groups[g], centre, each);
    }
    canvas_.line({box_.x, y_(0)}, {box_.right(), y_(0)}, {.colour = kInk});
  }

 private:
  static double units_of(const LossBar& bar) {
    return 1 + kControl * (std::isfinite(bar.random) + std::isfinite(bar.matched));
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
      for (const auto& [value, fill, name] :
           {std::tuple{bar.random, kRandom, "random"}, {bar.matched, kMatched, "matched"}}) {
        if (!std::isfinite(value)) continue;
        draw_bar(x, kControl * unit_, value, fill, name, bar, group);
        x += kControl * unit_;
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
    const auto& name = file_.interventions[bar.intervention];
    canvas_.rect(
        {x, top, width, height},
        fill,
        {fmt::format(
             "{}, {}, {}: {} {:+.4g} nat/token{}",
             panel_title(panel_),
             group.label,
             name,
             what,
             value,
             std::isfinite(bar.low) ? fmt::format(" [{:+.4g}, {:+.4g}]", bar.low, bar.high) : ""),
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
  const Ablation& file_;
  const LossPanel& panel_;
  Box box_;
  Scale y_;
  double unit_ = 1;  // a bar's width, pixels
};

void draw_file(Canvas& canvas, const Plan& plan, size_t index, double top) {
  const auto& file = plan.files[index];
  const Group group(canvas, "file");
  canvas.text({kLeft, top + 13}, file.about.title, {.size = 13, .bold = true});
  plan.legends[index].draw(canvas, {kLeft, top + kTitle});
  double y = top + kTitle + plan.legends[index].height() + 8;
  for (const auto& panel : file.panels) {
    const Box box{kLeft, y + kPanelTitle, kWidth, kPanel};
    Range own;
    own.include(panel);
    const auto& range = plan.separate ? own : plan.ranges.at(panel.target);
    PanelDrawing(canvas, file, panel, box, range.scale(box)).draw();
    y += kPanelTitle + kPanel + kLabels;
  }
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (size_t i = 0; i < plan.files.size(); ++i) {
    draw_file(canvas, plan, i, y);
    y += plan.block(i) + kBetweenFiles;
  }
  plan.caption.draw(canvas, {kLeft, y - kBetweenFiles});
}

Legend legend_of(const Ablation& file) {
  std::vector<Legend::Entry> entries;
  for (size_t i = 0; i < file.interventions.size(); ++i) {
    entries.emplace_back(file.interventions[i], line_colour(i));
  }
  if (file.has_random) entries.emplace_back("random chunks, as many", kRandom);
  if (file.has_matched) entries.emplace_back("chunks outside, nearest in usage", kMatched);
  return {std::move(entries), kWidth};
}

std::string caption_text(const std::vector<Ablation>& files, bool separate) {
  std::string text;
  for (const auto& file : files) text += about_note(file.about) + " ";
  text +=
      "Loss with the intervention minus loss without; whiskers: 95 % interval, bootstrap over "
      "texts.";
  const bool controls = std::ranges::any_of(
      files, [](const auto& file) { return file.has_random || file.has_matched; });
  if (controls) {
    text +=
        " Grey, beside a bar: the same intervention on as many other chunks of the layer; what "
        "the band is for is the excess over them.";
  }
  return text + (separate ? " Each panel has an axis of its own." : "");
}

}  // namespace

Figure ablation_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto plan = std::make_shared<Plan>();
  plan->separate = is_separate(options.scale);
  std::vector<std::string> titles;
  for (const auto& probe : probes) {
    const auto& file = plan->files.emplace_back(ablation_of(probe, options.layer));
    for (const auto& panel : file.panels) plan->ranges[panel.target].include(panel);
    plan->legends.push_back(legend_of(file));
    titles.push_back(file.about.title);
  }
  plan->caption = Caption(caption_text(plan->files, plan->separate), kWidth);
  return {fmt::format("Losses under interventions in {}", fmt::join(titles, ", ")),
          {kLeft + kWidth + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
