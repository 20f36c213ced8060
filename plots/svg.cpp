#include "plots/svg.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr auto kFonts = "Helvetica, Arial, 'Liberation Sans', sans-serif";

std::string point_list(std::span<const Point> points) {
  std::string list;
  for (const auto& point : points) {
    if (!list.empty()) list += ' ';
    list += short_number(point.x) + ',' + short_number(point.y);
  }
  return list;
}

Markup opacity_attribute(std::string_view name, double opacity) {
  return opacity == 1 ? Markup() : markup(" {}=\"{}\"", name, short_number(opacity));
}

Markup dash_attribute(const Stroke& stroke) {
  if (stroke.dash.empty()) return {};
  std::string list;
  for (const double length : stroke.dash) list += (list.empty() ? "" : " ") + short_number(length);
  return markup(" stroke-dasharray=\"{}\"", list);
}

const char* anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      return "end";
  }
  return "start";
}

}  // namespace

std::string short_number(double value) {
  if (!std::isfinite(value)) throw std::logic_error("a mark stands at a place that is no number");
  auto text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

void SvgCanvas::close(std::string_view element, const Meaning& meaning) {
  for (const auto& [name, value] : meaning.data) {
    marks_ += markup(" data-{}=\"{}\"", name, value);
  }
  if (meaning.title.empty()) {
    marks_ += markup("/>\n");
  } else {
    marks_ += markup("><title>{}</title></{}>\n", meaning.title, element);
  }
}

void SvgCanvas::rect(const Box& box, Colour fill, const Meaning& meaning) {
  marks_ += markup(
      "<rect shape-rendering=\"crispEdges\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "fill=\"{}\"",
      short_number(box.x),
      short_number(box.y),
      short_number(box.width),
      short_number(box.height),
      hex(fill));
  close("rect", meaning);
}

void SvgCanvas::polyline(std::span<const Point> points, const Stroke& stroke) {
  marks_ +=
      markup("<polyline fill=\"none\" points=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{}{}/>\n",
             point_list(points),
             hex(stroke.colour),
             short_number(stroke.width),
             dash_attribute(stroke),
             opacity_attribute("stroke-opacity", stroke.opacity));
}

void SvgCanvas::polygon(std::span<const Point> points, Colour fill, double opacity) {
  marks_ += markup("<polygon points=\"{}\" fill=\"{}\"{}/>\n",
                   point_list(points),
                   hex(fill),
                   opacity_attribute("fill-opacity", opacity));
}

void SvgCanvas::circle(Point centre, double radius, Colour fill, const Meaning& meaning) {
  marks_ += markup("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"",
                   short_number(centre.x),
                   short_number(centre.y),
                   short_number(radius),
                   hex(fill));
  close("circle", meaning);
}

void SvgCanvas::text(Point at, std::string_view text, const TextStyle& style) {
  const auto x = short_number(at.x), y = short_number(at.y);
  marks_ += markup("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"",
                   x,
                   y,
                   short_number(style.size),
                   hex(style.colour));
  if (style.anchor != Anchor::start) {
    marks_ += markup(" text-anchor=\"{}\"", anchor_name(style.anchor));
  }
  if (style.bold) marks_ += markup(" font-weight=\"bold\"");
  // Layouts count on Helvetica's widths: a machine with a wider font alone must set it as narrow.
  marks_ += markup(" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"",
                   short_number(text_width(text, style.size, style.bold)));
  if (style.angle != 0) {
    marks_ += markup(" transform=\"rotate({} {} {})\"", short_number(style.angle), x, y);
  }
  marks_ += markup(">{}</text>\n", text);
}

void SvgCanvas::begin_group(std::string_view name) { marks_ += markup("<g class=\"{}\">\n", name); }

void SvgCanvas::end_group() { marks_ += markup("</g>\n"); }

Markup svg_element(const Figure& figure) {
  SvgCanvas canvas;
  canvas.rect({0, 0, figure.size.width, figure.size.height}, {255, 255, 255}, {});
  figure.draw(canvas);
  const auto width = short_number(figure.size.width), height = short_number(figure.size.height);
  return markup(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"{2}\" role=\"img\" aria-label=\"{3}\">\n{4}</svg>\n",
      width,
      height,
      kFonts,
      figure.title,
      canvas.marks());
}

std::string svg_document(const Figure& figure) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg_element(figure).str();
}

}  // namespace ww
