// canvas.hpp: the marks that every figure is made of, whatever they end up on (SVG, PDF, PNG).
// Lengths are CSS pixels (1/96 inch), x to the right, y downwards, the origin at the top left.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ww {

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Colour&) const = default;
};

/// "#rrggbb".
std::string hex(Colour colour);

struct Point {
  double x = 0, y = 0;
};

struct Size {
  double width = 0, height = 0;
};

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

struct Stroke {
  Colour colour;
  double width = 1;
  std::vector<double> dash = {};  // lengths on, off, ..; empty: one unbroken line
  double opacity = 1;
};

enum class Anchor { start, middle, end };

struct TextStyle {
  double size = 11;
  Anchor anchor = Anchor::start;
  double angle = 0;  // degrees, clockwise; -90 reads upwards
  bool bold = false;
  Colour colour = {0x22, 0x22, 0x22};
};

/// What a mark tells beyond its looks; only formats that a person can point at keep it.
struct Meaning {
  std::string title;                                      // shown on hover
  std::vector<std::pair<std::string, std::string>> data;  // {"layer", "0"} -> data-layer="0"
};

class Canvas {
 public:
  virtual ~Canvas() = default;
  /// A filled rectangle with crisp edges: neighbouring cells leave no seam.
  virtual void rect(const Box& box, Colour fill, const Meaning& meaning = {}) = 0;
  virtual void polyline(std::span<const Point> points, const Stroke& stroke) = 0;
  virtual void polygon(std::span<const Point> points, Colour fill, double opacity) = 0;
  virtual void circle(Point centre, double radius, Colour fill, const Meaning& meaning = {}) = 0;
  /// `at` is on the baseline; the angle turns about it.
  virtual void text(Point at, std::string_view text, const TextStyle& style) = 0;
  virtual void begin_group(std::string_view name) = 0;
  virtual void end_group() = 0;

  void line(Point from, Point to, const Stroke& stroke);
  /// The outline of a box.
  void frame(const Box& box, const Stroke& stroke);
};

/// A figure that is not drawn yet.
struct Figure {
  std::string title;  // what it shows, for readers who can't see it
  Size size;
  std::function<void(Canvas&)> draw;
};

/// Marks a group for as long as it lives.
class Group {
 public:
  Group(Canvas& canvas, std::string_view name) : canvas_(canvas) { canvas_.begin_group(name); }
  ~Group() { canvas_.end_group(); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

 private:
  Canvas& canvas_;
};

/// Width of a line of text set in Helvetica: layouts are made with it, so that they don't depend
/// on the fonts of the machine.
double text_width(std::string_view text, double size, bool bold = false);

/// Breaks text at blanks into lines no wider than `width`; a longer word keeps its own line.
std::vector<std::string> wrap_text(std::string_view text,
                                   double width,
                                   double size,
                                   bool bold = false);

}  // namespace ww
