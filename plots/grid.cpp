#include "plots/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kMinCell = 9, kMaxCell = 34;              // pixels
constexpr double kWantedHeight = 220, kWantedWidth = 330;  // of a whole map
constexpr double kHatch = 7;                               // between strokes
constexpr double kNameSize = 9.5;                          // of a column's name
constexpr double kCaptionSize = 10, kCaptionLine = 14;
constexpr Colour kCaption = {0x44, 0x44, 0x44};

double cell_size(double wanted, size_t count) {
  return std::round(std::clamp(wanted / static_cast<double>(count), kMinCell, kMaxCell));
}

/// Every how many-th of `count` things can be numbered where each has `pixels`.
size_t number_stride(double pixels, double needed) {
  for (const size_t stride : {1, 2, 5, 10, 20, 50}) {
    if (pixels * static_cast<double>(stride) >= needed) return stride;
  }
  return 100;
}

}  // namespace

double row_height(size_t rows) { return cell_size(kWantedHeight, rows); }

double column_width(size_t columns) { return cell_size(kWantedWidth, columns); }

void draw_row_numbers(Canvas& canvas, const Box& box, size_t rows, const std::string& label) {
  const double height = box.height / static_cast<double>(rows);
  const size_t stride = number_stride(height, 12);
  for (size_t row = 0; row < rows; row += stride) {
    canvas.text({box.x - 7, box.y + (static_cast<double>(row) + 0.5) * height + 3.5},
                fmt::format("{}", row),
                {.size = 10, .anchor = Anchor::end, .colour = kQuiet});
  }
  canvas.text({box.x - 38, box.y + box.height / 2},
              label,
              {.size = 11, .anchor = Anchor::middle, .angle = -90});
}

void draw_column_numbers(Canvas& canvas, const Box& box, size_t columns, const std::string& label) {
  const double width = box.width / static_cast<double>(columns);
  const size_t stride = number_stride(width, 18);
  for (size_t column = 0; column < columns; column += stride) {
    canvas.text({box.x + (static_cast<double>(column) + 0.5) * width, box.bottom() + 14},
                fmt::format("{}", column),
                {.size = 10, .anchor = Anchor::middle, .colour = kQuiet});
  }
  canvas.text(
      {box.x + box.width / 2, box.bottom() + 30}, label, {.size = 11, .anchor = Anchor::middle});
}

void draw_column_names(Canvas& canvas,
                       const Box& box,
                       const std::vector<std::string>& names,
                       const std::string& label) {
  for (size_t column = 0; column < names.size(); ++column) {
    const auto cell = cell_of(box, 1, names.size(), 0, column);
    const double size =
        std::min(kNameSize, kNameSize * (cell.width - 4) / text_width(names[column], kNameSize));
    canvas.text({cell.x + cell.width / 2, box.bottom() + 13},
                names[column],
                {.size = size, .anchor = Anchor::middle, .colour = kQuiet});
  }
  canvas.text(
      {box.x + box.width / 2, box.bottom() + 28}, label, {.size = 11, .anchor = Anchor::middle});
}

Box cell_of(const Box& box, size_t rows, size_t columns, size_t row, size_t column) {
  const double width = box.width / static_cast<double>(columns);
  const double height = box.height / static_cast<double>(rows);
  return {box.x + static_cast<double>(column) * width,
          box.y + static_cast<double>(row) * height,
          width,
          height};
}

void hatch(Canvas& canvas, const Box& box, Colour colour) {
  const auto strokes = static_cast<int>(std::ceil((box.width + box.height) / kHatch)) - 1;
  for (int i = 1; i <= strokes; ++i) {
    const double x = box.x - box.height + kHatch * i;
    const double from = std::max(0.0, box.x - x), to = std::min(box.height, box.right() - x);
    canvas.line({x + from, box.bottom() - from},
                {x + to, box.bottom() - to},
                {.colour = colour, .opacity = 0.7});
  }
}

Colour contrast(Colour background) {
  // luma of ITU-R BT.601
  const double luma = 0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
  return luma > 140 ? kInk : Colour{255, 255, 255};
}

Caption::Caption(const std::string& text, double width)
    : lines_(wrap_text(text, width, kCaptionSize)) {}

double Caption::height() const { return kCaptionLine * static_cast<double>(lines_.size()); }

void Caption::draw(Canvas& canvas, Point corner) const {
  double y = corner.y;
  for (const auto& line : lines_) {
    y += kCaptionLine;
    canvas.text({corner.x, y}, line, {.size = kCaptionSize, .colour = kCaption});
  }
}

}  // namespace ww
