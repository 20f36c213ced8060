#include "plots/canvas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ww {

namespace {

/// Advance widths of ' ' .. '~' in thousandths of the size (Adobe's font metrics of Helvetica).
constexpr std::array<int, 95> kAdvance = {
    278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,  //   .. /
    556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,  // 0 .. ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,  // @ .. O
    667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,  // P .. _
    333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,  // ` .. o
    556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};      // p .. ~

constexpr int kOtherAdvance = 556;  // a letter beyond ASCII
constexpr double kBold = 1.06;      // bold over regular, on average

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

void Canvas::line(Point from, Point to, const Stroke& stroke) {
  polyline(std::array{from, to}, stroke);
}

void Canvas::frame(const Box& box, const Stroke& stroke) {
  polyline(std::array{Point{box.x, box.y},
                      Point{box.right(), box.y},
                      Point{box.right(), box.bottom()},
                      Point{box.x, box.bottom()},
                      Point{box.x, box.y}},
           stroke);
}

double text_width(std::string_view text, double size, bool bold) {
  double thousandths = 0;
  for (const char c : text) {
    if (continues_character(c)) continue;
    thousandths += c >= ' ' && c <= '~' ? kAdvance[static_cast<size_t>(c - ' ')] : kOtherAdvance;
  }
  return thousandths / 1000 * size * (bold ? kBold : 1);
}

std::vector<std::string> wrap_text(std::string_view text, double width, double size, bool bold) {
  const auto length = [&](std::string_view part) { return text_width(part, size, bold); };
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find(' ', start), text.size());
    const auto word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    if (!lines.empty() && length(lines.back()) + length(" ") + length(word) <= width) {
      lines.back().append(" ").append(word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

}  // namespace ww
