#include "plots/phase.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "plots/colours.hpp"
#include "plots/panels.hpp"
#include "plots/phase_clouds.hpp"
#include "plots/tiles.hpp"

namespace ww {

namespace {

constexpr double kWhole = 840, kGap = 10, kHeads = 28;  // pixels; kHeads: two lines above a panel
constexpr double kQuantile = 0.99;                      // of the samples, within the panels
constexpr size_t kMost = 12'000, kRound = 49;           // samples a file; points of an ellipse

struct SideStyle {
  const char* name;
  Colour line, dot;
};
constexpr SideStyle kQuery = {"query", {0x00, 0x72, 0xb2}, {0x9c, 0xc9, 0xe3}};
constexpr SideStyle kKey = {"key", {0xd5, 0x5e, 0x00}, {0xf3, 0xbf, 0x99}};

struct Plan {
  std::vector<PhaseFile> files;
  double reach = 1;    // of the panels, in mean norms
  size_t outside = 0;  // samples beyond it
};

size_t columns_of(const PhaseFile& file) {
  const size_t count = file.panels.size();
  return count <= 4 ? std::max<size_t>(1, count) : count <= 16 ? 4 : 8;
}

double panel_size(const PhaseFile& file) {
  const auto columns = static_cast<double>(std::max<size_t>(3, columns_of(file)));
  return (kWhole - (columns - 1) * kGap) / columns;
}

double file_height(const PhaseFile& file) {
  const size_t rows = (file.panels.size() + columns_of(file) - 1) / columns_of(file);
  return static_cast<double>(rows) * (panel_size(file) + kHeads + kGap);
}

/// From the middle of the panel to its edge: all ellipses and most samples.
void find_reach(Plan& plan) {
  std::vector<double> radii;
  double reach = 1.1;
  for (const auto& file : plan.files) {
    for (const auto& panel : file.panels) {
      for (const auto* cloud : {&panel.query, &panel.key}) {
        for (const auto& z : cloud->samples) {
          radii.push_back(std::max(std::abs(z.x), std::abs(z.y)));
        }
        for (const auto& z : cloud->ellipse(kRound)) {
          const double far = std::max(std::abs(z.x), std::abs(z.y));
          if (std::isfinite(far)) reach = std::max(reach, 1.05 * far);
        }
      }
    }
  }
  std::ranges::sort(radii);
  if (!radii.empty()) {
    const auto last = static_cast<double>(radii.size() - 1);
    reach = std::max(reach, 1.02 * radii[static_cast<size_t>(std::ceil(kQuantile * last))]);
  }
  plan.reach = reach;
  plan.outside = static_cast<size_t>(
      std::ranges::count_if(radii, [&](double radius) { return radius > reach; }));
}

/// The complex plane on a square panel: imaginary parts upwards.
struct Plane {
  Box box;
  double reach;
  Point operator()(const Point& z) const {
    return {box.x + box.width / 2 * (1 + z.x / reach), box.y + box.height / 2 * (1 - z.y / reach)};
  }
};

void draw_plane(Canvas& canvas, const Plane& plane) {
  const auto& box = plane.box;
  const Point middle = plane({0, 0});
  canvas.line({box.x, middle.y}, {box.right(), middle.y}, {kFaint});
  canvas.line({middle.x, box.y}, {middle.x, box.bottom()}, {kFaint});
  std::vector<Point> circle;
  for (const auto& z : Cloud{.mean = {0, 0}, .xx = 1, .yy = 1}.ellipse(kRound)) {
    circle.push_back(plane(z));
  }
  canvas.polyline(circle, {.colour = kMissing, .dash = {2, 2}});
  canvas.frame(box, {.colour = kFaint});
}

void draw_sample(Canvas& canvas, const Plane& plane, const SideStyle& style, const Point& z) {
  if (std::max(std::abs(z.x), std::abs(z.y)) > plane.reach) return;
  canvas.circle(plane(z), plane.box.width > 150 ? 1.3 : 0.9, style.dot);
}

void draw_moments(Canvas& canvas,
                  const Plane& plane,
                  const SideStyle& style,
                  const PhasePanel& panel,
                  const Cloud& cloud) {
  if (!std::isfinite(cloud.xx + cloud.xy + cloud.yy)) return;
  std::vector<Point> round;
  for (const auto& z : cloud.ellipse(kRound)) round.push_back(plane(z));
  canvas.polyline(round, {.colour = style.line, .width = 1.4});
  canvas.line(plane({0, 0}), plane(cloud.mean), {.colour = style.line, .width = 1.4});
  canvas.circle(plane(cloud.mean),
                2.6,
                style.line,
                {fmt::format("frequency {}, {}: mean at {:.3g} of the mean norm, phase {:.3g} rad",
                             panel.frequency,
                             style.name,
                             cloud.concentration(),
                             std::atan2(cloud.mean.y, cloud.mean.x)),
                 {{"map", style.name},
                  {"frequency", fmt::format("{}", panel.frequency)},
                  {"value", fmt::format("{:.9g}", cloud.concentration())},
                  {"xx", fmt::format("{:.9g}", cloud.xx)},
                  {"xy", fmt::format("{:.9g}", cloud.xy)},
                  {"yy", fmt::format("{:.9g}", cloud.yy)}}});
}

/// "12: 345 tokens" and "R 0.59, q 0.12".
void draw_heads(Canvas& canvas, const PhasePanel& panel, const Box& box) {
  const double w = panel.wavelength;
  const auto length = std::isinf(w) ? std::string("\u03b8 = 0")
                      : w < 100     ? fmt::format("{:.1f} tokens", w)
                                    : with_commas(std::llround(w)) + " tokens";
  canvas.text({box.x, box.y - 16},
              fmt::format("{}: {}", panel.frequency, length),
              {.size = 9.5, .bold = true});
  std::vector<std::string> numbers;
  if (!std::isnan(panel.resultant)) numbers.push_back(fmt::format("R {:.2f}", panel.resultant));
  if (!std::isnan(panel.axis)) numbers.push_back(fmt::format("q {:.2f}", panel.axis));
  canvas.text({box.x, box.y - 5},
              fmt::format("{}", fmt::join(numbers, ", ")),
              {.size = 9.5, .colour = kQuiet});
}

void draw_panel(Canvas& canvas, const Plan& plan, const PhasePanel& panel, const Box& box) {
  const Group group(canvas, "plane");
  const Plane plane{box, plan.reach};
  draw_heads(canvas, panel, box);
  draw_plane(canvas, plane);
  const size_t count = std::max(panel.query.samples.size(), panel.key.samples.size());
  for (size_t i = 0; i < count; ++i) {  // in turn, so that neither side hides the other
    if (i < panel.query.samples.size()) {
      draw_sample(canvas, plane, kQuery, panel.query.samples[i]);
    }
    if (i < panel.key.samples.size()) draw_sample(canvas, plane, kKey, panel.key.samples[i]);
  }
  draw_moments(canvas, plane, kQuery, panel, panel.query);
  draw_moments(canvas, plane, kKey, panel, panel.key);
}

void draw_file(Canvas& canvas, const Plan& plan, const PhaseFile& file, Point corner) {
  const double size = panel_size(file);
  for (size_t i = 0; i < file.panels.size(); ++i) {
    const auto column = static_cast<double>(i % columns_of(file));
    const size_t above = i / columns_of(file);
    const auto row = static_cast<double>(above);
    draw_panel(canvas,
               plan,
               file.panels[i],
               {corner.x + column * (size + kGap),
                corner.y + row * (size + kHeads + kGap) + kHeads,
                size,
                size});
  }
}

std::string caption_text(const Plan& plan) {
  std::string text;
  for (const auto& file : plan.files) {
    text += about_note(file.about) + " ";
    text += file.samples == 0
                ? "No sampled tokens are in the file. "
                : fmt::format("Dots: {} of {} sampled tokens a side. ", file.shown, file.samples);
    if (!file.rotated) text += "The layer turns nothing. ";
  }
  text +=
      "Chunks z of queries and keys before rotation, one panel for each frequency, with its "
      "wavelength. Both are in units of their mean norm E|z| (dashed circle), because scores "
      "depend "
      "only on the product. Dot and line: E z; ellipse: one standard deviation. R: product of "
      "|E z| / E|z| of queries and keys; 1 where each has a single phase. q: axis form of the "
      "quadrature share; 0 where both lie on lines through the origin.";
  if (plan.outside > 0) text += fmt::format(" Outside the panels: {} dots.", plan.outside);
  return text;
}

}  // namespace

Figure phase_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  Plan plan;
  Tiles tiles;
  double height = 0;
  for (const auto& probe : probes) {
    const auto& file = plan.files.emplace_back(
        phase_file(probe, options.layer.value_or(0), options.head.value_or(0), kMost));
    tiles.names.push_back(fmt::format("{}, layer {}, head {} with key head {}",
                                      file.about.title,
                                      file.layer,
                                      file.head,
                                      file.key_head));
    height = std::max(height, file_height(file));
  }
  find_reach(plan);
  tiles.size = {kWhole, height};
  tiles.title = fmt::format("Chunks of {}", fmt::join(tiles.names, "; "));
  tiles.caption = caption_text(plan);
  tiles.extra = 20;
  tiles.draw_extra = [](Canvas& canvas, Point corner) {
    Legend({{"queries", kQuery.line}, {"keys", kKey.line}}, kWhole).draw(canvas, corner);
  };
  tiles.draw = [plan](Canvas& canvas, size_t i, Point corner) {
    draw_file(canvas, plan, plan.files[i], corner);
  };
  return tiles_figure(std::move(tiles));
}

}  // namespace ww
