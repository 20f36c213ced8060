// draw_to.hpp: a figure into a file; the name's extension says what kind.
#pragma once

#include <filesystem>

#include "plots/canvas.hpp"

namespace ww {

/// Writes `path` as .svg, .pdf, .png (two pixels to a CSS pixel) or .html (the SVG in a page of its
/// own, values on hover); whole or not at all. Standard output takes SVG. Throws InputError for any
/// other extension.
void draw_to(const std::filesystem::path& path, const Figure& figure);

/// Throws InputError where draw_to() could not write `path` for its extension: to be asked early.
void check_figure_name(const std::filesystem::path& path);

}  // namespace ww
