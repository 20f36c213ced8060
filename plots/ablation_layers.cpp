#include "plots/ablation_layers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "plots/ablation_rows.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kLeft = 66, kTop = 14, kTitle = 24, kRight = 20, kBetweenFiles = 16;
constexpr double kPanelTitle = 18, kPanel = 104, kLabels = 30;  // of the bars of all layers
constexpr double kEach = 128, kMinWidth = 560;

struct File {
  Ablation ablation;
  std::vector<LossRow> rows;
  Legend legend{{}, 0};

  /// Null where no layer was changed together with the others.
  const LossPanel* totals() const {
    const auto& first = ablation.panels.front();
    return first.target == LossTarget::all_layers ? &first : nullptr;
  }
  double height() const {
    double sum = kTitle + legend.height() + 8;
    if (totals() != nullptr) sum += kPanelTitle + kPanel + kLabels;
    for (const auto& row : rows) sum += row.height();
    return sum;
  }
};

struct Plan {
  std::vector<File> files;
  LossRange totals;
  double width = kMinWidth;
  bool separate = false;
  Caption caption;

  double height() const {
    double sum = 2 * kTop + caption.height();
    for (const auto& file : files) sum += file.height() + kBetweenFiles;
    return sum;
  }
};

std::vector<LossRow> rows_of(const NamedProbe& probe, bool separate) {
  std::vector<LossRow> rows;
  for (auto& losses : layer_losses(probe)) {
    auto& row = rows.emplace_back(loss_row(std::move(losses)));
    row.own_colours = separate;
    for (auto& map : row.maps) map.scale = diverging_scale(map.values());
  }
  return rows;
}

/// Controls are grey where they are bars; maps have names.
Legend legend_of(const File& file, double width) {
  auto shown = file.ablation;
  const bool bars = std::ranges::any_of(file.rows, &LossRow::has_bars);
  shown.has_random = shown.has_random && bars;
  shown.has_matched = shown.has_matched && bars;
  return loss_legend(shown, width);
}

/// One axis and one scale of colours for all panels of an intervention.
void share_scales(std::vector<File>& files) {
  std::map<std::string, LossRange> ranges;
  std::map<std::string, std::vector<double>> values;
  const auto visit = [&](const auto& see) {
    for (auto& file : files) {
      for (auto& row : file.rows) see(row, row.losses.intervention);
    }
  };
  visit([&](const LossRow& row, const std::string& name) {
    ranges[name].include(row.range);
    for (const auto& map : row.maps) {
      const auto some = map.values();
      values[name].insert(values[name].end(), some.begin(), some.end());
    }
  });
  visit([&](LossRow& row, const std::string& name) {
    row.range = ranges[name];
    for (auto& map : row.maps) map.scale = diverging_scale(values[name]);
  });
}

void draw_file(Canvas& canvas, const Plan& plan, const File& file, double y) {
  const Group group(canvas, "file");
  canvas.text({kLeft, y + 13}, file.ablation.about.title, {.size = 13, .bold = true});
  file.legend.draw(canvas, {kLeft, y + kTitle});
  y += kTitle + file.legend.height() + 8;
  if (const auto* const totals = file.totals()) {
    const auto wanted = kEach * static_cast<double>(std::max<size_t>(2, totals->groups.size()));
    const Box box{kLeft, y + kPanelTitle, std::min(wanted, plan.width), kPanel};
    LossRange own;
    own.include(*totals);
    draw_loss_panel(
        canvas, file.ablation.interventions, *totals, box, plan.separate ? own : plan.totals);
    y += kPanelTitle + kPanel + kLabels;
  }
  for (const auto& row : file.rows) {
    draw_loss_row(canvas, row, {kLeft, y});
    y += row.height();
  }
}

void draw_plan(Canvas& canvas, const Plan& plan) {
  double y = kTop;
  for (const auto& file : plan.files) {
    draw_file(canvas, plan, file, y);
    y += file.height() + kBetweenFiles;
  }
  plan.caption.draw(canvas, {kLeft, y - kBetweenFiles});
}

bool any_row(const Plan& plan, bool (*is)(const LossRow&)) {
  return std::ranges::any_of(plan.files,
                             [&](const auto& file) { return std::ranges::any_of(file.rows, is); });
}

bool has_gaps(const LossRow& row) {
  return std::ranges::any_of(row.maps, [](const auto& map) {
    return std::ranges::any_of(map.values(), [](double value) { return std::isnan(value); });
  });
}

std::string caption_text(const Plan& plan) {
  std::string text;
  std::vector<ProbeAbout> abouts;
  for (const auto& file : plan.files) {
    text += about_note(file.ablation.about) + " ";
    abouts.push_back(file.ablation.about);
  }
  text +=
      "Loss with the intervention minus loss without; whiskers: 95 % interval, bootstrap over "
      "texts.";
  text += validity_note(abouts);
  if (any_row(plan, [](const auto& row) { return !row.maps.empty(); })) {
    text += " Maps: red where the loss grows, blue where it falls.";
  }
  if (any_row(plan, has_gaps)) text += " Grey: not run.";
  if (any_row(plan, [](const auto& row) { return row.losses.bands.columns.size() > 1; })) {
    text += " Hatched: the interval contains 0.";
  }
  if (any_row(plan, [](const auto& row) { return !row.losses.heads.columns.empty(); })) {
    text += " Single heads have no interval.";
  }
  const auto controls = [](const auto& file) {
    return file.ablation.has_random || file.ablation.has_matched;
  };
  if (std::ranges::any_of(plan.files, controls)) {
    text +=
        " Controls (random chunks, chunks of nearest usage): the same intervention on as many "
        "other "
        "chunks of the layer. The effect of a band is its excess over them.";
  }
  if (plan.separate) text += " Each panel has its own axis or colour scale.";
  const auto several = [](const auto& file) { return file.rows.size() > 1; };
  if (!plan.separate && std::ranges::any_of(plan.files, several)) {
    text += " Each intervention has its own axis and colour scale.";
  }
  return text + " --layer draws one layer in detail.";
}

}  // namespace

Figure ablation_layers_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  const auto plan = std::make_shared<Plan>();
  plan->separate = is_separate(options.scale);
  std::vector<std::string> titles;
  for (const auto& probe : probes) {
    auto& file = plan->files.emplace_back();
    file.ablation = ablation_of(probe, std::nullopt);
    file.rows = rows_of(probe, plan->separate);
    if (file.totals() != nullptr) plan->totals.include(*file.totals());
    for (const auto& row : file.rows) plan->width = std::max(plan->width, row.width());
    titles.push_back(file.ablation.about.title);
  }
  if (!plan->separate) share_scales(plan->files);
  for (auto& file : plan->files) file.legend = legend_of(file, plan->width);
  plan->caption = Caption(caption_text(*plan), plan->width);
  return {fmt::format("Losses under interventions by layer in {}", fmt::join(titles, ", ")),
          {kLeft + plan->width + kRight, plan->height()},
          [plan](Canvas& canvas) { draw_plan(canvas, *plan); }};
}

}  // namespace ww
