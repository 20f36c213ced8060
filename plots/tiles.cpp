#include "plots/tiles.hpp"

#include <algorithm>

namespace ww {

namespace {

constexpr double kMargin = 14, kHeading = 24, kName = 20, kBetween = 10;

struct Plan {
  Tiles tiles;
  Caption caption;

  double top() const { return kMargin + (tiles.heading.empty() ? 0 : kHeading) + tiles.extra; }
  double row() const { return kName + tiles.size.height + kBetween; }
  double bottom() const {
    const size_t rows = (tiles.names.size() + tiles.columns - 1) / tiles.columns;
    return top() + static_cast<double>(rows) * row();
  }
};

void draw_plan(Canvas& canvas, const Plan& plan) {
  const auto& tiles = plan.tiles;
  if (!tiles.heading.empty()) {
    canvas.text({kMargin, kMargin + 13}, tiles.heading, {.size = 13, .bold = true});
  }
  if (tiles.draw_extra) tiles.draw_extra(canvas, {kMargin, plan.top() - tiles.extra});
  for (size_t i = 0; i < tiles.names.size(); ++i) {
    const Group group(canvas, "panel");
    const Point corner{kMargin + static_cast<double>(i % tiles.columns) * tiles.size.width,
                       plan.top() + static_cast<double>(i / tiles.columns) * plan.row()};
    canvas.text({corner.x, corner.y + 13}, tiles.names[i], {.size = 12, .bold = true});
    tiles.draw(canvas, i, {corner.x, corner.y + kName});
  }
  plan.caption.draw(canvas, {kMargin, plan.bottom()});
}

}  // namespace

Figure tiles_figure(Tiles tiles) {
  tiles.columns = std::clamp<size_t>(tiles.columns, 1, tiles.names.size());
  const double width = std::max(420.0, tiles.size.width * static_cast<double>(tiles.columns));
  const Caption caption(tiles.caption, width - kMargin);
  const Plan plan{std::move(tiles), caption};
  return {plan.tiles.title,
          {width + 2 * kMargin, plan.bottom() + caption.height() + kMargin},
          [plan](Canvas& canvas) { draw_plan(canvas, plan); }};
}

}  // namespace ww
