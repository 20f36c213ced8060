#include "plots/quadrature_heads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/colours.hpp"
#include "plots/grid.hpp"

namespace ww {

namespace {

constexpr double kGlyph = 0.26;  // half a mark over the smaller side of a cell

void draw_mark(Canvas& canvas, Point centre, double radius, size_t part, Colour colour) {
  const auto& outline = head_parts()[part].outline;
  if (outline.empty()) return canvas.circle(centre, radius * 0.9, colour);
  std::vector<Point> points;
  for (const auto& point : outline) {
    points.push_back({centre.x + radius * point.x, centre.y + radius * point.y});
  }
  canvas.polygon(points, colour, 1);
}

Meaning head_meaning(const HeadShares& head, size_t layer, size_t h) {
  const auto part = head.largest();
  std::string title = fmt::format("layer {}, head {}: ", layer, h);
  for (size_t p = 0; p < head_parts().size(); ++p) {
    title += fmt::format("{}{} {:.3g}", p == 0 ? "" : ", ", head_parts()[p].name, head.of[p]);
  }
  const double share = head.of[kQuadrature];
  return {part ? title : fmt::format("layer {}, head {}: no value", layer, h),
          {{"map", "quadrature"},
           {"layer", fmt::format("{}", layer)},
           {"head", fmt::format("{}", h)},
           {"type", part ? head_parts()[*part].name : "none"},
           {"value", std::isnan(share) ? "NaN" : fmt::format("{:.9g}", share)}}};
}

/// One head's place in the map.
struct HeadCell {
  const HeadShares& head;
  Box box;
  Colour fill;
};

void draw_type(Canvas& canvas, const HeadCell& cell) {
  const auto part = cell.head.largest();
  if (!part) return;
  const auto& box = cell.box;
  const double radius = std::min(kGlyph * std::min(box.width, box.height), 6.0);
  draw_mark(
      canvas, {box.x + box.width / 2, box.y + box.height / 2}, radius, *part, contrast(cell.fill));
}

}  // namespace

void draw_head_shares(Canvas& canvas,
                      const QuadratureMap& map,
                      const ColourScale& colours,
                      const Box& box) {
  const Group group(canvas, "heatmap");
  for (size_t l = 0; l < map.layers; ++l) {
    std::vector<HeadCell> cells;
    for (size_t h = 0; h < map.heads; ++h) {
      const auto& head = map.shares[l * map.heads + h];
      const auto place = cell_of(box, map.layers, map.heads, l, h);
      cells.push_back({head, place, colours(head.of[kQuadrature])});
      canvas.rect(place, cells.back().fill, head_meaning(head, l, h));
    }
    if (!map.rotated[l]) hatch(canvas, cell_of(box, map.layers, 1, l, 0));
    for (const auto& cell : cells) draw_type(canvas, cell);
  }
  draw_row_numbers(canvas, box, map.layers, "layer");
  draw_column_numbers(canvas, box, map.heads, "head");
}

void draw_head_key(Canvas& canvas, Point corner) {
  const Group group(canvas, "legend");
  canvas.text({corner.x, corner.y + 11}, "largest part of a head's scores:", {.size = 11});
  double x = corner.x + text_width("largest part of a head's scores:", 11) + 16;
  for (size_t p = 0; p < head_parts().size(); ++p) {
    draw_mark(canvas, {x, corner.y + 7}, 5, p, kInk);
    canvas.text({x + 10, corner.y + 11}, head_parts()[p].name, {.size = 11});
    x += 10 + text_width(head_parts()[p].name, 11) + 20;
  }
}

}  // namespace ww
