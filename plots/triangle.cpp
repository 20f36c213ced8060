#include "plots/triangle.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "plots/colours.hpp"
#include "plots/quadrature_map.hpp"
#include "plots/tiles.hpp"

namespace ww {

namespace {

constexpr double kSide = 380, kLeft = 40, kTop = 24, kBelow = 40, kBar = 12, kBarLabels = 46;
constexpr double kLeast = 1.8;  // radius of discs, pixels
constexpr double kHeight = kSide * std::numbers::sqrt3 / 2;

struct Head {
  size_t layer = 0, head = 0;
  double where = 0, what = 0, interaction = 0, quadrature = 0;
};

struct File {
  ProbeAbout about;
  size_t layers = 0;
  std::vector<Head> heads;    // the largest disc first, so that it hides none
  size_t missing = 0;         // heads without a value
  std::vector<bool> rotated;  // [L]
};

struct Plan {
  std::vector<File> files;
  double most = 0;  // of Q
  bool numbers = false;

  /// Of the discs: smaller where there are many.
  double largest() const {
    size_t count = 0;
    for (const auto& file : files) count = std::max(count, file.heads.size());
    return count > 60 ? 8 : 13;
  }
  double radius(double share) const {
    const double part = most > 0 ? std::max(0.0, share) / most : 0;
    return std::max(kLeast, largest() * std::sqrt(part));
  }
};

File file_of(const NamedProbe& probe, std::optional<size_t> layer) {
  const auto map = quadrature_map(probe);
  check_there(probe, "layer", layer, map.layers);
  File file{map.about, map.layers, {}, 0, rotated_layers(probe, map.layers)};
  for (size_t i = 0; i < map.shares.size(); ++i) {
    const size_t l = i / map.heads;
    if (layer && *layer != l) continue;
    const auto& of = map.shares[i].of;
    const Head head{l, i % map.heads, of[0], of[1], 1 - of[0] - of[1], of[kQuadrature]};
    if (map.shares[i].largest()) {
      file.heads.push_back(head);
    } else {
      ++file.missing;
    }
  }
  std::ranges::stable_sort(file.heads, std::ranges::greater{}, &Head::quadrature);
  return file;
}

/// Corners: where left, what right, interaction above.
Point place(Point corner, double what, double interaction) {
  const double x = what + interaction / 2;
  return {corner.x + kLeft + x * kSide, corner.y + kTop + kHeight * (1 - interaction)};
}

/// Lines of equal share every fifth, numbered where they leave the triangle.
void draw_grid(Canvas& canvas, Point corner) {
  const TextStyle small{.size = 9, .colour = kQuiet};
  for (int i = 1; i < 5; ++i) {
    const double a = i / 5.0, b = 1 - a;
    const Point where = place(corner, 0, b), what = place(corner, a, 0), both = place(corner, b, a);
    canvas.line(where, place(corner, b, 0), {kFaint});
    canvas.line(what, place(corner, a, b), {kFaint});
    canvas.line(both, place(corner, 0, a), {kFaint});
    const auto label = fmt::format("{:.1f}", a);
    canvas.text({where.x - 6, where.y + 3}, label, {9, Anchor::end, 0, false, kQuiet});
    canvas.text({what.x, what.y + 13}, label, {9, Anchor::middle, 0, false, kQuiet});
    canvas.text({both.x + 6, both.y + 3}, label, small);
  }
  const Point where = place(corner, 0, 0), what = place(corner, 1, 0), both = place(corner, 0, 1);
  canvas.polyline(std::vector{where, what, both, where}, {.colour = kQuiet, .width = 1.2});
  canvas.text({where.x - 8, where.y + 16}, "where", {.size = 12, .bold = true});
  canvas.text({what.x + 8, what.y + 16}, "what", {12, Anchor::end, 0, true});
  canvas.text({both.x, both.y - 8}, "interaction", {12, Anchor::middle, 0, true});
}

/// Along each edge, beyond its numbers, what they are a share of.
void draw_edge_names(Canvas& canvas, Point corner) {
  struct Edge {
    const char* name;
    Point middle;
    double angle, dx, dy;
  };
  const std::array<Edge, 3> edges = {
      {{"share of where", place(corner, 0, 0.5), -60, -28, -16},
       {"share of what", place(corner, 0.5, 0), 0, 0, 28},
       {"share of interaction", place(corner, 0.5, 0.5), 60, 28, -16}}};
  for (const auto& edge : edges) {
    canvas.text({edge.middle.x + edge.dx, edge.middle.y + edge.dy},
                edge.name,
                {.size = 10.5, .anchor = Anchor::middle, .angle = edge.angle});
  }
}

void draw_head(Canvas& canvas, const Plan& plan, const File& file, const Head& head, Point corner) {
  const auto at = place(corner, head.what, head.interaction);
  const double radius = plan.radius(head.quadrature);
  canvas.circle(at, radius + 0.8, {255, 255, 255});
  canvas.circle(at,
                radius,
                layer_colour(head.layer, file.layers),
                {fmt::format("layer {}, head {}: where {:.3g}, what {:.3g}, interaction {:.3g}, "
                             "of it quadrature {:.3g}",
                             head.layer,
                             head.head,
                             head.where,
                             head.what,
                             head.interaction,
                             head.quadrature),
                 {{"map", "triangle"},
                  {"layer", fmt::format("{}", head.layer)},
                  {"head", fmt::format("{}", head.head)},
                  {"where", fmt::format("{:.9g}", head.where)},
                  {"what", fmt::format("{:.9g}", head.what)},
                  {"value", fmt::format("{:.9g}", head.quadrature)}}});
  if (!file.rotated[head.layer]) canvas.circle(at, 0.55 * radius, {255, 255, 255});
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom();
}

/// Numbers right, left, above or below the discs, where no other disc or number is.
void draw_numbers(Canvas& canvas, const Plan& plan, const File& file, Point corner) {
  std::vector<Box> taken;
  const auto centre = [&](const Head& head) { return place(corner, head.what, head.interaction); };
  for (const auto& head : file.heads) {
    const auto at = centre(head);
    const double r = plan.radius(head.quadrature);
    taken.push_back({at.x - r, at.y - r, 2 * r, 2 * r});
  }
  for (const auto& head : file.heads) {
    const auto label = fmt::format("{}", head.head);
    const auto at = centre(head);
    const double r = plan.radius(head.quadrature) + 2, width = text_width(label, 10);
    const std::array<Box, 4> places = {{{at.x + r, at.y - 4, width, 8},
                                        {at.x - r - width, at.y - 4, width, 8},
                                        {at.x - width / 2, at.y - r - 8, width, 8},
                                        {at.x - width / 2, at.y + r, width, 8}}};
    const auto* found = std::ranges::find_if(places, [&](const Box& box) {
      return std::ranges::none_of(taken, [&](const Box& other) { return overlap(box, other); });
    });
    if (found == places.end()) found = places.begin();
    canvas.text({found->x, found->bottom()}, label, {.size = 10});
    taken.push_back(*found);
  }
}

Box layer_bar(Point corner) {
  return {corner.x + kLeft + kSide + 16, corner.y + kTop + 70, kBar, kHeight - 90};
}

void draw_layers(Canvas& canvas, const File& file, const Box& bar) {
  canvas.text({bar.x, bar.y - 8}, "layer", {.size = 11, .bold = true});
  for (size_t l = 0; l < file.layers; ++l) {
    const auto cell = cell_of(bar, file.layers, 1, l, 0);
    canvas.rect(cell, layer_colour(l, file.layers));
    if (!file.rotated[l]) hatch(canvas, cell);
  }
  const size_t last = file.layers - 1;
  for (const size_t l : {size_t{0}, last / 2, last}) {
    const auto cell = cell_of(bar, file.layers, 1, l, 0);
    canvas.text({bar.right() + 6, cell.y + cell.height / 2 + 3.5},
                fmt::format("{}", l),
                {.size = 10, .colour = kQuiet});
  }
}

/// How large two discs are.
void draw_areas(Canvas& canvas, const Plan& plan, Point corner) {
  const double x = corner.x + kLeft + kSide - 96;
  for (const double part : {1.0, 0.25}) {
    const double share = plan.most * part, y = corner.y + kTop + (part == 1 ? 8 : 36);
    canvas.circle({x, y}, plan.radius(share), kMissing);
    canvas.text({x + plan.largest() + 6, y + 3.5}, fmt::format("Q = {:.2g}", share), {.size = 10});
  }
}

std::string caption_text(const Plan& plan, std::optional<size_t> layer) {
  std::string text;
  size_t missing = 0;  // heads without a value
  bool still = false;
  for (const auto& file : plan.files) {
    text += about_note(file.about) + " ";
    missing += file.missing;
    still = still || std::ranges::any_of(
                         file.heads, [&](const Head& head) { return !file.rotated[head.layer]; });
  }
  text +=
      "Each disc is a head, placed by the shares of the variance of its scores (contents paired "
      "freely) that the offset alone explains (where), the contents alone (what) and only both "
      "together (interaction). Its area is the quadrature share Q, in which content shifts tuning "
      "curves; discs have a smallest size.";
  if (layer) text += fmt::format(" Layer {}; numbers: heads.", *layer);
  if (still) text += " Rings: heads of layers without rotation.";
  if (missing > 0) text += fmt::format(" Heads without a value: {}.", missing);
  return text;
}

}  // namespace

Figure triangle_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  Plan plan{.files = {}, .numbers = options.layer.has_value()};
  Tiles tiles{.size = {kLeft + kSide + 16 + kBar + kBarLabels, kTop + kHeight + kBelow},
              .columns = 2};
  for (const auto& probe : probes) {
    const auto& file = plan.files.emplace_back(file_of(probe, options.layer));
    tiles.names.push_back(file.about.title);
    for (const auto& head : file.heads) plan.most = std::max(plan.most, head.quadrature);
  }
  tiles.title = fmt::format("Where, what and interaction in {}", fmt::join(tiles.names, ", "));
  tiles.caption = caption_text(plan, options.layer);
  tiles.draw = [plan](Canvas& canvas, size_t i, Point corner) {
    const auto& file = plan.files[i];
    draw_grid(canvas, corner);
    draw_edge_names(canvas, corner);
    if (plan.most > 0) draw_areas(canvas, plan, corner);
    if (!plan.numbers) draw_layers(canvas, file, layer_bar(corner));
    for (const auto& head : file.heads) draw_head(canvas, plan, file, head, corner);
    if (plan.numbers) draw_numbers(canvas, plan, file, corner);
  };
  return tiles_figure(std::move(tiles));
}

}  // namespace ww
