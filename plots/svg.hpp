// svg.hpp: a Canvas that writes SVG 1.1 with our own writer: short numbers, the same bytes for the
// same calls, no fonts and no styles from outside.
#pragma once

#include "plots/canvas.hpp"
#include "plots/markup.hpp"

namespace ww {

class SvgCanvas final : public Canvas {
 public:
  void rect(const Box& box, Colour fill, const Meaning& meaning) override;
  void polyline(std::span<const Point> points, const Stroke& stroke) override;
  void polygon(std::span<const Point> points, Colour fill, double opacity) override;
  void circle(Point centre, double radius, Colour fill, const Meaning& meaning) override;
  void text(Point at, std::string_view text, const TextStyle& style) override;
  void begin_group(std::string_view name) override;
  void end_group() override;

  const Markup& marks() const { return marks_; }

 private:
  void close(std::string_view element, const Meaning& meaning);
  Markup marks_;
};

/// At most two decimals, no trailing zeros, never "-0": "12", "0.5", "-3.25".
std::string short_number(double value);

/// The figure as an <svg> element, to stand in a page.
Markup svg_element(const Figure& figure);

/// The figure as a whole .svg file.
std::string svg_document(const Figure& figure);

}  // namespace ww
