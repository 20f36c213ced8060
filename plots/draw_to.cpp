#include "plots/draw_to.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/streams.hpp"
#include "plots/cairo.hpp"
#include "plots/svg.hpp"

namespace ww {

namespace {

std::string html_page(const Figure& figure) {
  return markup(
             "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>{}</title>\n"
             "<style>body{{margin:1rem;background:#fff}} "
             "svg{{max-width:100%;height:auto}}</style>\n"
             "{}</html>\n",
             figure.title,
             svg_element(figure))
      .str();
}

struct Format {
  const char* extension;
  std::string (*render)(const Figure& figure);
};

/// A new format is a line here.
constexpr Format kFormats[] = {
    {".svg", svg_document},
    {".pdf", pdf_document},
    {".png", [](const Figure& figure) { return png_image(figure); }},
    {".html", html_page},
};

const Format& format_of(const std::filesystem::path& path) {
  const auto extension = is_standard_output(path) ? ".svg" : path.extension().string();
  const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats), [&](const auto& row) {
    return extension == row.extension;
  });
  if (found != std::end(kFormats)) return *found;
  std::vector<std::string> known;
  for (const auto& row : kFormats) known.emplace_back(row.extension);
  refuse("{}: no figure format has the extension '{}'; there are: {}",
         path.string(),
         extension,
         fmt::join(known, ", "));
}

}  // namespace

void check_figure_name(const std::filesystem::path& path) { format_of(path); }

void draw_to(const std::filesystem::path& path, const Figure& figure) {
  write_file(path, format_of(path).render(figure));
}

}  // namespace ww
