#include "plots/swaps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/axis.hpp"
#include "plots/colour_scale.hpp"
#include "plots/colours.hpp"

namespace ww {

bool Swaps::any() const { return !finite_values(place).empty() && !finite_values(content).empty(); }

std::optional<Swaps> swaps_of(const NamedProbe& probe) {
  const auto* const place = find_array(probe, "metrics/s_pos");
  const auto* const content = find_array(probe, "metrics/s_sym");
  if (place == nullptr || content == nullptr) return std::nullopt;
  require_variables(
      probe, {"metrics/s_pos", "metrics/s_sym", "metrics/sink_mass"}, "the figure 'heads'", "");
  const auto size = place->values.size();
  return Swaps{place->shape[0],
               place->shape[1],
               place->values,
               content->values,
               values_or_nan(probe, "metrics/s_pos_se", size),
               values_or_nan(probe, "metrics/s_sym_se", size),
               rotated_layers(probe, place->shape[0])};
}

namespace {

std::string with_error(double value, double error) {
  return fmt::format("{:.3g}", value) +
         (std::isfinite(error) ? fmt::format(" \u00b1 {:.2g}", error) : "");
}

/// One head's two cosines with their errors.
void draw_swap(Canvas& canvas, const Swaps& swaps, size_t i, const Scale& x, const Scale& y) {
  const auto layer = i / swaps.heads, head = i % swaps.heads;
  const double place = swaps.place[i], content = swaps.content[i];
  const double place_error = swaps.place_error[i], content_error = swaps.content_error[i];
  const auto colour = layer_colour(layer, swaps.layers);
  const Point at{x(place), y(content)};
  if (std::isfinite(place_error) && std::isfinite(content_error)) {
    const Stroke thin{.colour = colour, .width = 0.8, .opacity = 0.5};
    const auto within = [&](double value) { return std::clamp(value, x.low, 1.0); };
    canvas.line(
        {x(within(place - place_error)), at.y}, {x(within(place + place_error)), at.y}, thin);
    canvas.line({at.x, y(within(content - content_error))},
                {at.x, y(within(content + content_error))},
                thin);
  }
  canvas.circle(at,
                3.2,
                colour,
                {fmt::format("layer {}, head {}: s_pos {}, s_sym {}",
                             layer,
                             head,
                             with_error(place, place_error),
                             with_error(content, content_error)),
                 {{"map", "swap"},
                  {"layer", fmt::format("{}", layer)},
                  {"head", fmt::format("{}", head)},
                  {"value", fmt::format("{:.9g}", place)},
                  {"content", fmt::format("{:.9g}", content)}}});
  if (!swaps.rotated[layer]) canvas.circle(at, 1.7, {255, 255, 255});
}

}  // namespace

void draw_swaps(Canvas& canvas, const Swaps& swaps, Point corner) {
  const Group group(canvas, "swaps");
  const Box box{corner.x, corner.y, kSwapSide, kSwapSide};
  const auto known = finite_values(swaps.place);
  const auto others = finite_values(swaps.content);
  const bool below = std::ranges::any_of(known, [](double value) { return value < 0; }) ||
                     std::ranges::any_of(others, [](double value) { return value < 0; });
  const double low = below ? -1 : 0;
  const Scale x{.low = low, .high = 1, .from = box.x, .to = box.right()},
      y{.low = low, .high = 1, .from = box.bottom(), .to = box.y};
  canvas.text({corner.x, corner.y - 18}, "Blocks swapped", {.size = 11.5, .bold = true});
  draw_x_axis(canvas, box, x, {.label = "stays with the place, s_pos", .grid = true});
  draw_y_axis(
      canvas, box, y, {.label = "goes with the content, s_sym", .grid = true, .label_gap = 36});
  canvas.line({x(low), y(low)}, {x(1), y(1)}, {.colour = kQuiet, .dash = {3, 3}});
  for (size_t i = 0; i < swaps.place.size(); ++i) {
    if (!std::isfinite(swaps.place[i]) || !std::isfinite(swaps.content[i])) continue;
    draw_swap(canvas, swaps, i, x, y);
  }
}

}  // namespace ww
