#include "plots/cairo.hpp"

#include <cairo-pdf.h>
#include <cairo.h>

#include <memory>
#include <numbers>

#include "base/check.hpp"
#include "plots/markup.hpp"

namespace ww {

namespace {

constexpr double kPointsPerPixel = 0.75;  // 72 and 96 to the inch

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

void check_cairo(cairo_status_t status) {
  check(status == CAIRO_STATUS_SUCCESS,
        "the figure cannot be drawn: {}",
        cairo_status_to_string(status));
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

class CairoCanvas final : public Canvas {
 public:
  explicit CairoCanvas(cairo_t* context) : context_(context) {}

  void rect(const Box& box, Colour fill, const Meaning&) override {
    cairo_set_antialias(context_, CAIRO_ANTIALIAS_NONE);
    cairo_rectangle(context_, box.x, box.y, box.width, box.height);
    paint(fill, 1);
    cairo_set_antialias(context_, CAIRO_ANTIALIAS_DEFAULT);
  }

  void polyline(std::span<const Point> points, const Stroke& stroke) override {
    path(points);
    source(stroke.colour, stroke.opacity);
    cairo_set_line_width(context_, stroke.width);
    cairo_set_dash(context_, stroke.dash.data(), static_cast<int>(stroke.dash.size()), 0);
    cairo_stroke(context_);
  }

  void polygon(std::span<const Point> points, Colour fill, double opacity) override {
    path(points);
    cairo_close_path(context_);
    paint(fill, opacity);
  }

  void circle(Point centre, double radius, Colour fill, const Meaning&) override {
    cairo_new_sub_path(context_);
    cairo_arc(context_, centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
    paint(fill, 1);
  }

  void text(Point at, std::string_view text, const TextStyle& style) override {
    const auto line = drawable(text);
    cairo_select_font_face(context_,
                           "Helvetica",
                           CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context_, style.size);
    cairo_text_extents_t extents;
    cairo_text_extents(context_, line.c_str(), &extents);
    // Where the machine has only a wider font, the text is narrowed to the width laid out for it.
    const double wanted = text_width(text, style.size, style.bold);
    const double narrow = extents.x_advance > 1.02 * wanted ? wanted / extents.x_advance : 1;
    const double share =
        style.anchor == Anchor::start ? 0 : (style.anchor == Anchor::middle ? 0.5 : 1);
    cairo_save(context_);
    cairo_translate(context_, at.x, at.y);
    cairo_rotate(context_, style.angle * std::numbers::pi / 180);
    cairo_scale(context_, narrow, 1);
    cairo_move_to(context_, -share * extents.x_advance, 0);
    source(style.colour, 1);
    cairo_show_text(context_, line.c_str());
    cairo_restore(context_);
  }

  void begin_group(std::string_view) override {}
  void end_group() override {}

 private:
  void path(std::span<const Point> points) {
    cairo_new_path(context_);
    for (const auto& point : points) cairo_line_to(context_, point.x, point.y);
  }

  void source(Colour colour, double opacity) {
    cairo_set_source_rgba(
        context_, colour.red / 255.0, colour.green / 255.0, colour.blue / 255.0, opacity);
  }

  void paint(Colour fill, double opacity) {
    source(fill, opacity);
    cairo_fill(context_);
  }

  cairo_t* context_;
};

void draw_on(cairo_surface_t* surface, const Figure& figure, double scale) {
  check_cairo(cairo_surface_status(surface));
  const Context context(cairo_create(surface), cairo_destroy);
  cairo_scale(context.get(), scale, scale);
  CairoCanvas canvas(context.get());
  canvas.rect({0, 0, figure.size.width, figure.size.height}, {255, 255, 255}, {});
  figure.draw(canvas);
  check_cairo(cairo_status(context.get()));
}

}  // namespace

std::string pdf_document(const Figure& figure) {
  std::string bytes;
  const Surface surface(cairo_pdf_surface_create_for_stream(append,
                                                            &bytes,
                                                            figure.size.width * kPointsPerPixel,
                                                            figure.size.height * kPointsPerPixel),
                        cairo_surface_destroy);
  cairo_pdf_surface_set_metadata(
      surface.get(), CAIRO_PDF_METADATA_TITLE, drawable(figure.title).c_str());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, "");
  draw_on(surface.get(), figure, kPointsPerPixel);
  cairo_surface_finish(surface.get());
  check_cairo(cairo_surface_status(surface.get()));
  return bytes;
}

std::string png_image(const Figure& figure, double scale) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                                   static_cast<int>(figure.size.width * scale),
                                                   static_cast<int>(figure.size.height * scale)),
                        cairo_surface_destroy);
  draw_on(surface.get(), figure, scale);
  std::string bytes;
  check_cairo(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  return bytes;
}

}  // namespace ww
