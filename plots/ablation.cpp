#include "plots/ablation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "plots/ablation_bars.hpp"
#include "plots/ablation_layers.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kLeft = 66, kTop = 14, kTitle = 24, kWidth = 640, kRight = 20;
constexpr double kPanelTitle = 18, kPanel = 104, kLabels = 24, kBetweenFiles = 16;
constexpr size_t kDetailed = 6;  // layers that have panels of their own

struct Plan {
  std::vector<Ablation> files;
  std::map<LossTarget, LossRange> ranges;
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

void draw_file(Canvas& canvas, const Plan& plan, size_t index, double top) {
  const auto& file = plan.files[index];
  const Group group(canvas, "file");
  canvas.text({kLeft, top + 13}, file.about.title, {.size = 13, .bold = true});
  plan.legends[index].draw(canvas, {kLeft, top + kTitle});
  double y = top + kTitle + plan.legends[index].height() + 8;
  for (const auto& panel : file.panels) {
    const Box box{kLeft, y + kPanelTitle, kWidth, kPanel};
    LossRange own;
    own.include(panel);
    const auto& range = plan.separate ? own : plan.ranges.at(panel.target);
    draw_loss_panel(canvas, file.interventions, panel, box, range);
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

/// Whether a screen left bands out.
bool has_gaps(const Ablation& file) {
  for (const auto& panel : file.panels) {
    for (const auto& group : panel.groups) {
      const auto run = [](const LossBar& bar) { return !std::isnan(bar.value); };
      if (std::ranges::none_of(group.bars, run)) return true;
    }
  }
  return false;
}

std::string caption_text(const std::vector<Ablation>& files, bool separate) {
  std::string text;
  for (const auto& file : files) text += about_note(file.about) + " ";
  text +=
      "Loss with the intervention minus loss without; whiskers: 95 % interval, bootstrap over "
      "texts.";
  std::vector<ProbeAbout> abouts;
  bool heads = false;
  for (const auto& file : files) {
    abouts.push_back(file.about);
    heads = heads || std::ranges::count(file.panels, LossTarget::heads, &LossPanel::target) > 0;
  }
  text += validity_note(abouts);
  if (std::ranges::any_of(files, has_gaps)) text += " Bands without a bar were not run.";
  if (heads) text += " Bars by head have no intervals.";
  const bool controls = std::ranges::any_of(
      files, [](const auto& file) { return file.has_random || file.has_matched; });
  if (controls) {
    text +=
        " Grey bars are controls: the same intervention on as many other chunks of the layer. The "
        "effect of a band is its excess over them.";
  }
  return text + (separate ? " Each panel has its own axis." : "");
}

}  // namespace

Figure ablation_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto many = [](const auto& probe) {
    return layers_measured(ablation_of(probe, std::nullopt)) > kDetailed;
  };
  if (!options.layer && std::ranges::any_of(probes, many)) {
    return ablation_layers_figure(probes, options);
  }
  const auto plan = std::make_shared<Plan>();
  plan->separate = is_separate(options.scale);
  std::vector<std::string> titles;
  for (const auto& probe : probes) {
    const auto& file = plan->files.emplace_back(ablation_of(probe, options.layer));
    for (const auto& panel : file.panels) plan->ranges[panel.target].include(panel);
    plan->legends.push_back(loss_legend(file, kWidth));
    titles.push_back(file.about.title);
  }
  plan->caption = Caption(caption_text(plan->files, plan->separate), kWidth);
  return {fmt::format("Losses under interventions in {}", fmt::join(titles, ", ")),
          {kLeft + kWidth + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
